"""Files of people in an old project: imports and names by the table, and merged ones without what is the runtime's now."""

from contextlib import suppress

from ...errors import OutputError
from ...outputs.notes import Note, Reason
from ...outputs.report import FileAction
from ...ownership import Owner
from ..handlers.python_file import parse
from ..handlers.splice import UnreadableError
from ..merge import has_markers
from .asides import Edited, put_aside
from .changes import Changes
from .hunks import hunks_of
from .project_files import ProjectFiles
from .rewriting import rewritten
from .shrinking import shrunk
from .spelling import Spelling


def bring_own_files(project: ProjectFiles, changes: Changes) -> None:
    """Bring each file over; one that cannot be read stays as it is. Raises OutputError."""
    for path, content in project.own.items():
        is_merged = path in project.new and project.new[path].owner is Owner.MERGED
        base = project.base(path) if is_merged else None
        if base == content:
            continue
        if base is not None:
            _bring_merged(project, Edited(path, base, content), changes)
            continue
        with suppress(UnreadableError):
            after = _rewritten(project, path, content, changes)
            if after != content:
                changes.texts[path] = after
                changes.notes[path] = FileAction.UPDATED, (Note(Reason.IMPORTS_MOVED, path),)


def _bring_merged(project: ProjectFiles, edited: Edited, changes: Changes) -> None:
    """Let the run merge what is left of base and file. Raises OutputError for a file that cannot be read."""
    if has_markers(edited.yours):
        raise OutputError(f"{edited.path} has conflict markers in it: resolve them first, for {_MERGED}.")
    try:
        after = parse(edited.path, _rewritten(project, edited.path, edited.yours, changes))
    except UnreadableError as error:
        raise OutputError(f"{error}: mend it first, for {_MERGED}.") from None
    try:
        before = parse(edited.path, _rewritten(project, edited.path, edited.base, changes))
        old = parse(edited.path, edited.base), parse(edited.path, edited.yours)
    except UnreadableError:
        return
    new = project.new[edited.path].content
    result = shrunk(before, after, new, Spelling(edited.path, project.packages))
    changes.texts[edited.path] = result.yours
    changes.bases[edited.path] = project.lock.files[edited.path], result.base
    changes.notes[edited.path] = FileAction.MERGED, ()
    if result.unplaced:
        found = hunks_of(*old, result.unplaced)
        changes.put_aside(put_aside(edited, project.era, found, project.tree))


_MERGED = "this run merges it with code that is a package of ours now"


def _rewritten(project: ProjectFiles, path: str, content: bytes, changes: Changes) -> bytes:
    exported = project.exported(path)
    return rewritten(path, content, project.packages, changes.kept, project.line_length, exported)
