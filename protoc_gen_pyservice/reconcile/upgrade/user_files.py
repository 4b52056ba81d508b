"""User files and merged files of an old project: names are rewritten, and code of the runtime is removed."""

from contextlib import suppress

from ...errors import OutputError
from ...outputs.notes import Note, Reason
from ...outputs.report import FileAction
from ...ownership import Owner
from ..handlers.python_file import parse
from ..handlers.splice import UnreadableError
from ..merge import has_markers
from .application_call import list_interceptors
from .changes import Changes
from .hunks import statement_hunks
from .kept_versions import EditedFile, keep_version
from .merge_inputs import reduce_for_merge
from .project_files import ProjectFiles
from .rewriting import rewrite_file
from .spelling import Spelling


def update_user_files(project: ProjectFiles, changes: Changes) -> None:
    """Rewrite each file, except user files that do not parse. Raises OutputError for an invalid merged file."""
    for path, content in project.user_files.items():
        is_merged = path in project.new and project.new[path].owner is Owner.MERGED
        base = project.base(path) if is_merged else None
        if base == content:
            continue
        if base is not None:
            _prepare_merge(project, EditedFile(path, base, content), changes)
            continue
        with suppress(UnreadableError):
            after = _rewrite(project, path, content, changes)
            if after != content:
                changes.texts[path] = after
                changes.notes[path] = FileAction.UPDATED, (Note(Reason.IMPORTS_MOVED, path),)


def _prepare_merge(project: ProjectFiles, edited: EditedFile, changes: Changes) -> None:
    """Give the run the reduced base and file to merge. Raises OutputError for a file that does not parse."""
    if has_markers(edited.yours):
        raise OutputError(f"{edited.path} has conflict markers in it: resolve them first, for {_MERGED}.")
    try:
        after = parse(edited.path, _rewrite(project, edited.path, edited.yours, changes))
    except UnreadableError as error:
        raise OutputError(f"{error}: mend it first, for {_MERGED}.") from None
    try:
        before = parse(edited.path, _rewrite(project, edited.path, edited.base, changes))
        old = parse(edited.path, edited.base), parse(edited.path, edited.yours)
    except UnreadableError:
        return
    new = project.new[edited.path].content
    result = reduce_for_merge(before, after, new, Spelling(edited.path, project.packages))
    changes.texts[edited.path] = result.yours
    changes.bases[edited.path] = project.lock.files[edited.path], result.base
    changes.notes[edited.path] = FileAction.MERGED, ()
    if result.unplaced:
        unmerged = statement_hunks(*old, result.unplaced)
        changes.add_kept_version(keep_version(edited, project.version, unmerged, project.tree))


_MERGED = "this run merges it with code that is a package of ours now"


def _rewrite(project: ProjectFiles, path: str, content: bytes, changes: Changes) -> bytes:
    exported = project.exported(path)
    if path == f"src/{project.package}/app.py":
        content = list_interceptors(path, content)
    return rewrite_file(path, content, project.packages, changes.kept_names, project.line_length, exported)
