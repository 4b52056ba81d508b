"""Upgrade of a project: rewrite its files for the runtime package, update it, and add the upgrade to the report."""

from collections.abc import Callable, Iterator, Mapping

from ...inputs.tree import Overlay
from ...model.generation import Generation
from ...outputs.notes import Note, Reason
from ...outputs.report import Changeset, Event
from ...render.project import RenderedProject
from ..handlers.splice import UnreadableError
from .base_texts import with_bases
from .changes import Changes
from .former_files import replace_former_files
from .former_helpers import HELPERS
from .kept_versions import kept_versions_hint, unmerged_edits
from .manual_changes import find_manual_changes
from .not_written import find_not_written
from .project_files import ProjectFiles
from .samples import move_samples
from .user_files import update_user_files


def upgrade_project(
    generation: Generation, rendered: RenderedProject, update: Callable[[Generation, RenderedProject], Changeset]
) -> Changeset:
    """Upgrade and update a project of 0.1 or 0.2; return all changes. Raises OutputError for an invalid merged file."""
    project = ProjectFiles(generation, rendered)
    changes = Changes(kept_names=dict(project.user_modules))
    move_samples(project, changes)
    replace_former_files(project, changes)
    update_user_files(project, changes)
    files = {**project.lock.files, **changes.entries}
    lock = project.lock._replace(files={path: files[path] for path in files.keys() - changes.dropped_entries})
    upgraded = with_bases(generation._replace(tree=Overlay(project.tree, changes.texts), lock=lock), changes.bases)
    return _complete(update(upgraded, rendered), project, changes)


def _complete(update: Changeset, project: ProjectFiles, changes: Changes) -> Changeset:
    """Return the changes of the update with the files of the upgrade that it did not write itself."""
    texts = {path: text for path, text in changes.texts.items() if path not in update.delete}
    write = {path: text for path, text in texts.items() if project.tree.read(path) != text} | dict(update.write)
    events = tuple(_events(update, changes, write))
    todo = tuple(dict.fromkeys((*update.report.todo, *_todo(project, changes, write))))
    return Changeset(update.report._replace(events=events, todo=todo), write, update.delete)


def _events(update: Changeset, changes: Changes, write: Mapping[str, bytes]) -> Iterator[Event]:
    """Yield the event of each file, with a note about the kept version of an edited one."""
    kept = {one.path: (Note(Reason.EDITED, one.path, one.record_path),) for one in changes.kept_versions}
    reported = {event.path for event in update.report.events}
    for event in update.report.events:
        notes = changes.notes[event.path][1] if event.path in changes.released else event.notes
        yield event._replace(notes=(*notes, *kept.get(event.path, ())))
    for path, (action, notes) in changes.notes.items():
        if path not in reported and path in write:
            yield Event(action, path, (*notes, *kept.get(path, ())))


def _todo(project: ProjectFiles, changes: Changes, write: Mapping[str, bytes]) -> Iterator[str]:
    """Yield messages about all changes that the user has to make."""
    for version in changes.kept_versions:
        yield from unmerged_edits(version, project.package)
    yield from kept_versions_hint(changes.kept_versions, project.package, project.version)
    for path in sorted({*project.user_files, *changes.released}.difference(HELPERS)):
        content = write.get(path, project.tree.read(path))
        if content is not None:
            generated = project.new[path].content.splitlines() if path in project.new else ()
            yield from _manual_changes(project, path, content, frozenset(generated), changes)


def _manual_changes(
    project: ProjectFiles, path: str, content: bytes, generated: frozenset[bytes], changes: Changes
) -> Iterator[str]:
    """Yield a message for each line of a file that the user has to change; generated lines are skipped."""
    lines = content.splitlines()
    if generated.issuperset(lines):
        return
    try:
        not_written = find_not_written(path, project.user_files.get(path, b""), content)
        for line, text in (*find_manual_changes(path, content, project.packages, changes.kept_names), *not_written):
            if lines[line - 1] not in generated:
                yield f"{path}:{line}: {text}"
    except UnreadableError as error:
        yield f"{error}: its imports were left as they were"
