"""The step in a run: the project as it would be if its people had known the runtime, and what that run has to say."""

from collections.abc import Callable, Iterator, Mapping

from ...inputs.tree import Overlay
from ...model.generation import Generation
from ...outputs.notes import Note, Reason
from ...outputs.report import Changeset, Event
from ...render.project import RenderedProject
from ..handlers.splice import UnreadableError
from .asides import advice, told
from .base_texts import with_bases
from .changes import Changes
from .former_files import bring_former_files
from .helpers import HELPERS
from .leftovers import leftovers
from .own_files import bring_own_files
from .project_files import ProjectFiles
from .samples import bring_samples


def upgrade_project(
    generation: Generation, rendered: RenderedProject, update: Callable[[Generation, RenderedProject], Changeset]
) -> Changeset:
    """Bring a project of 0.1 or 0.2 over, and update it. Raises OutputError for a file that has to be mended first."""
    project = ProjectFiles(generation, rendered)
    changes = Changes(kept=dict(project.own_modules))
    bring_samples(project, changes)
    bring_former_files(project, changes)
    bring_own_files(project, changes)
    files = {**project.lock.files, **changes.entries}
    lock = project.lock._replace(files={path: files[path] for path in files.keys() - changes.let_go})
    shown = with_bases(generation._replace(tree=Overlay(project.tree, changes.texts), lock=lock), changes.bases)
    return _completed(update(shown, rendered), changes.texts, project, changes)


def _completed(response: Changeset, seen: Mapping[str, bytes], project: ProjectFiles, changes: Changes) -> Changeset:
    """The response with all that the run has seen and did not write itself."""
    shown = {path: text for path, text in seen.items() if path not in response.delete}
    write = {path: text for path, text in shown.items() if project.tree.read(path) != text} | dict(response.write)
    events = tuple(_events(response, changes, write))
    todo = tuple(dict.fromkeys((*response.report.todo, *_todo(project, changes, write))))
    return Changeset(response.report._replace(events=events, todo=todo), write, response.delete)


def _events(response: Changeset, changes: Changes, write: Mapping[str, bytes]) -> Iterator[Event]:
    """What happened to each file, with where an edited one is kept."""
    kept = {aside.path: (Note(Reason.EDITED, aside.path, aside.kept),) for aside in changes.asides}
    said = {event.path for event in response.report.events}
    for event in response.report.events:
        notes = changes.notes[event.path][1] if event.path in changes.released else event.notes
        yield event._replace(notes=(*notes, *kept.get(event.path, ())))
    for path, (what, notes) in changes.notes.items():
        if path not in said and path in write:
            yield Event(what, path, (*notes, *kept.get(path, ())))


def _todo(project: ProjectFiles, changes: Changes, write: Mapping[str, bytes]) -> Iterator[str]:
    """What people have to look at themselves."""
    for aside in changes.asides:
        yield from told(aside, project.package)
    yield from advice(changes.asides, project.package, project.era)
    for path in sorted({*project.own, *changes.released}.difference(HELPERS)):
        content = write.get(path, project.tree.read(path))
        if content is not None:
            generated = project.new[path].content.splitlines() if path in project.new else ()
            yield from _left(project, path, content, frozenset(generated), changes)


def _left(
    project: ProjectFiles, path: str, content: bytes, generated: frozenset[bytes], changes: Changes
) -> Iterator[str]:
    """What is left to do in a file, but for lines that were generated."""
    lines = content.splitlines()
    if generated.issuperset(lines):
        return
    try:
        for line, text in leftovers(path, content, project.packages, changes.kept):
            if lines[line - 1] not in generated:
                yield f"{path}:{line}: {text}"
    except UnreadableError as error:
        yield f"{error}: its imports were left as they were"
