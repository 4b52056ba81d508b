"""One decision per file: what to write, what to keep, what to report."""

from collections.abc import Container, Iterable, Mapping

from ..errors import OptionError
from ..inputs.lock import Entry, Lock, kept_path
from ..inputs.objects import OBJECTS, Objects, digest
from ..inputs.options import Options
from ..inputs.options_proto import OLD_PROTO
from ..inputs.sources import COPIES
from ..inputs.tree import Tree
from ..manifest import is_runtime_path
from ..outputs.notes import Note, Reason
from ..outputs.report import Event, FileAction
from ..ownership import Owner
from ..render.files import Rendered
from .base import is_unedited, merge_best, read_bases
from .merge import Merged, has_markers


class Result:
    """The changes that a run makes to the project; nothing is written yet."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.write: dict[str, bytes] = {}
        self.delete: list[str] = []
        self.events: list[Event] = []
        self.entries: dict[str, Entry] = {}
        self.bases: dict[str, bytes] = {}
        """The generated texts by digest, for the next run to merge with."""
        self.stale: list[str] = []
        """Files to delete, for a run that can."""

    def record(self, action: FileAction, path: str, *notes: Note) -> None:
        """Add an event to the report."""
        self.events.append(Event(action, path, notes))

    def discard(self, path: str) -> None:
        """Remove a file from the changes and the report."""
        del self.write[path]
        self.events = [event for event in self.events if event.path != path]


def reconcile(
    rendered: Iterable[Rendered],
    tree: Tree,
    lock: Lock | None,
    objects: Objects,
    options: Options,
    can_delete: bool,
) -> Result:
    """Return the decision for every rendered file; existing handler files are left to `reconcile.handlers`."""
    result = Result(objects)
    rendered = tuple(rendered)
    _check_restore(options.restore, {file.path for file in rendered}, tree, result)
    known = lock.files if lock else {}
    for file in rendered:
        # The text of the settings is decided by the user, so there is no base to record.
        base = b"" if file.owner is Owner.SETTINGS else file.content
        result.entries[file.path] = Entry(file.owner, (digest(base),))
        _DECISIONS[file.owner](file.path, file.content, tree, known, options, result)
    _drop(tree, known, result, can_delete)
    _remind(lock.conflicts if lock else (), tree, result)
    return result if can_delete else _without_deleting(result, known)


def _check_restore(paths: Iterable[str], generated: Container[str], tree: Tree, result: Result) -> None:
    """Raise OptionError for a file to restore that is not generated; record one that exists."""
    for path in paths:
        if path not in generated:
            raise OptionError(f"restore={path} is not possible: no file of that name is generated here.")
        if tree.read(path) is not None:
            result.record(FileAction.KEPT, path, Note(Reason.EXISTS, path))


def _generated(path: str, new: bytes, tree: Tree, known: Mapping[str, Entry], options: Options, result: Result) -> None:
    disk = tree.read(path)
    if disk == new:
        return
    result.write[path] = new
    if disk is None:
        result.record(FileAction.CREATED, path)
        return
    entry = known.get(path)
    if entry is not None and _is_as_generated(entry, disk):
        result.record(FileAction.UPDATED, path)
        return
    notes = [Note(Reason.EDITED, path, _keep_version(path, disk, tree, result))]
    if is_runtime_path(path):
        notes.append(Note(Reason.EJECTABLE, path))
    result.record(FileAction.UPDATED, path, *notes)


def _is_as_generated(entry: Entry, disk: bytes) -> bool:
    """Return whether a generated file is unedited; git's merge of two branches is not an edit."""
    return len(entry.digests) > 1 or entry.names(disk)


def _keep_version(path: str, disk: bytes, tree: Tree, result: Result) -> str:
    """Keep the user's version of a generated file; returns its new path."""
    kept = kept_path(path, disk, tree)
    result.write[kept] = disk
    return kept


def _merged(path: str, new: bytes, tree: Tree, known: Mapping[str, Entry], options: Options, result: Result) -> None:
    disk, entry = tree.read(path), known.get(path)
    result.bases[digest(new)] = new
    if disk is None:
        _absent(path, new, entry, options, result)
    elif disk == new:
        return
    elif entry is None:
        result.record(FileAction.KEPT, path, Note(Reason.EXISTED_BEFORE, path))
    elif len(entry.digests) > 1 or not entry.names(new):
        _update(path, entry, disk, new, options, result)


def _absent(path: str, new: bytes, entry: Entry | None, options: Options, result: Result) -> None:
    """Decide for a missing file: new, or deleted by the user."""
    if entry is None or path in options.restore:
        result.write[path] = new
        result.record(FileAction.CREATED, path)
    elif digest(new) not in entry.digests:
        result.record(FileAction.KEPT, path, Note(Reason.STAYS_DELETED, path))


def _update(path: str, entry: Entry, disk: bytes, new: bytes, options: Options, result: Result) -> None:
    """Decide for an existing file whose generated text changed."""
    bases = read_bases(entry, new, result.objects)
    # Of a file that was generated until it was ejected there is no base yet.
    was_generated = entry.owner is Owner.GENERATED and entry.names(disk)
    if was_generated or is_unedited(disk, bases):
        result.write[path] = new
        result.record(FileAction.UPDATED, path)
    elif has_markers(disk):
        result.record(FileAction.CONFLICT, path, Note(Reason.RESOLVE_FIRST, path))
        # The base of the conflict stays, until its markers are resolved.
        result.entries[path] = entry
    else:
        notes = () if bases else (_base_missing(path, entry),)
        _merge(path, disk, merge_best(bases, disk, new), notes, options, result)


def _base_missing(path: str, entry: Entry) -> Note:
    return Note(Reason.BASE_MISSING, path, f"{' and '.join(entry.digests)} in {OBJECTS}")


def _merge(path: str, disk: bytes, merged: Merged, notes: tuple[Note, ...], options: Options, result: Result) -> None:
    """Record the result of a merge; ``notes`` are those about its base."""
    count = "1 conflict" if merged.conflicts == 1 else f"{merged.conflicts} conflicts"
    if merged.conflicts and options.conflicts == "keep":
        result.record(FileAction.KEPT, path, Note(Reason.CONFLICTS_KEPT, path, count), *notes)
        return
    if merged.content != disk:
        result.write[path] = merged.content
    if merged.conflicts:
        result.record(FileAction.CONFLICT, path, Note(Reason.CONFLICTS_MARKED, path, count), *notes)
    elif merged.content != disk:
        result.record(FileAction.MERGED, path, *notes)
    elif notes:
        result.record(FileAction.KEPT, path, *notes)


def _remind(marked: Iterable[str], tree: Tree, result: Result) -> None:
    """Record the conflicts of earlier runs whose markers are not resolved."""
    conflicts = {event.path for event in result.events if event.action is FileAction.CONFLICT}
    for path in marked:
        if path not in conflicts and has_markers(tree.read(path) or b""):
            result.record(FileAction.CONFLICT, path, Note(Reason.HAS_MARKERS, path))


def _handlers(path: str, new: bytes, tree: Tree, known: Mapping[str, Entry], options: Options, result: Result) -> None:
    if tree.read(path) is not None:
        return
    if path not in known or path in options.restore:
        result.write[path] = new
        result.record(FileAction.CREATED, path)


def _settings(path: str, new: bytes, tree: Tree, known: Mapping[str, Entry], options: Options, result: Result) -> None:
    disk = tree.read(path)
    if disk is None:
        if path not in known or path in options.restore:
            result.write[path] = new
            result.record(FileAction.CREATED, path)
        return
    from .settings import with_values

    updated = with_values(disk, new)
    if updated != disk:
        result.write[path] = updated
        result.record(FileAction.UPDATED, path)


_DECISIONS = {
    Owner.GENERATED: _generated,
    Owner.MERGED: _merged,
    Owner.CONTRACT: _merged,
    Owner.SETTINGS: _settings,
    Owner.HANDLERS: _handlers,
}


def _drop(tree: Tree, known: Mapping[str, Entry], result: Result, can_delete: bool) -> None:
    """Decide for files of earlier runs that are no longer generated."""
    for path, entry in known.items():
        if path in result.entries:
            continue
        if entry.owner is Owner.HANDLERS:
            # The user's alone from now on; if the service comes back after it is deleted, it is created again.
            continue
        if entry.owner in (Owner.CONTRACT, Owner.SETTINGS) and path != f"{COPIES}/{OLD_PROTO}":
            result.entries[path] = entry
            continue
        disk = tree.read(path)
        if disk is None:
            continue
        if _is_generated(entry, disk, result.objects):
            result.delete.append(path)
            result.record(FileAction.DELETED, path)
        else:
            _drop_edited(path, entry, disk, tree, result, can_delete)


def _is_generated(entry: Entry, disk: bytes, objects: Objects) -> bool:
    """Return whether a file is as generated, or git's merge of two branches that are."""
    if entry.owner is Owner.GENERATED:
        return _is_as_generated(entry, disk)
    return entry.names(disk) or is_unedited(disk, read_bases(entry, disk, objects))


def _drop_edited(path: str, entry: Entry, disk: bytes, tree: Tree, result: Result, can_delete: bool) -> None:
    if entry.owner is Owner.GENERATED:
        result.delete.append(path)
        notes = (Note(Reason.EDITED, path, _keep_version(path, disk, tree, result)),) if can_delete else ()
        result.record(FileAction.DELETED, path, *notes)
        return
    result.record(FileAction.KEPT, path, Note(Reason.YOURS_NOW, path))


def _without_deleting(result: Result, known: Mapping[str, Entry]) -> Result:
    """Return the result for protoc, which never deletes: files to delete are recorded as stale."""
    for path in result.delete:
        if path in known and path not in result.entries:
            result.entries[path] = known[path]
    result.stale, result.delete = result.delete, []
    result.events = [
        Event(FileAction.STALE, e.path, (Note(Reason.STALE, e.path),)) if e.action is FileAction.DELETED else e
        for e in result.events
    ]
    return result
