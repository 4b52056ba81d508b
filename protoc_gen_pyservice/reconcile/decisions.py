"""One decision per file: what to write, what to keep, what to say."""

from collections.abc import Container, Iterable, Mapping

from ..errors import OptionError
from ..inputs.lock import PRISTINE, Entry, Lock, digest, kept_path
from ..inputs.options import Options
from ..inputs.options_proto import OLD_PROTO
from ..inputs.sources import COPIES
from ..inputs.tree import Tree
from ..outputs.report import Event, FileAction
from ..ownership import Owner
from ..render.files import Rendered
from .merge import both_sides, has_markers, merge, without_lines_of

_MARKED = "conflict markers are still in it"


class Result:
    """What a run wants done to the project; nothing has happened yet."""

    def __init__(self, mixed: bool = False) -> None:
        self.mixed = mixed
        """Whether git put lock and pristine copies together of two branches, so that their digests tell nothing."""
        self.write: dict[str, bytes] = {}
        self.delete: list[str] = []
        self.events: list[Event] = []
        self.entries: dict[str, Entry] = {}
        self.stale: list[str] = []
        """What should be deleted by a run that can."""

    def record(self, what: FileAction, path: str, note: str = "") -> None:
        """Add a line to the report."""
        self.events.append(Event(what, path, note))

    def discard(self, path: str) -> None:
        """Leave a file unwritten after all."""
        del self.write[path]
        self.events = [event for event in self.events if event.path != path]


def reconcile(
    rendered: Iterable[Rendered],
    tree: Tree,
    lock: Lock | None,
    options: Options,
    can_delete: bool,
) -> Result:
    """Decide for every rendered file; handler files that exist are left to `reconcile.handlers`."""
    result = Result(mixed=lock is not None and lock.merged)
    rendered = tuple(rendered)
    _check_restore(options.restore, {file.path for file in rendered}, tree, result)
    known = lock.files if lock else {}
    if lock is not None and lock.merged:
        known = {path: _as_it_stands(path, entry, tree) for path, entry in known.items()}
    for file in rendered:
        # What its owner wrote into the settings decides their text: no record of ours.
        made = b"" if file.owner is Owner.SETTINGS else file.content
        result.entries[file.path] = Entry(file.owner, digest(made))
        _DECISIONS[file.owner](file.path, file.content, tree, known, options, result)
    _drop(tree, known, result, can_delete)
    _remind(lock.conflicts if lock else (), tree, result)
    return result if can_delete else _without_deleting(result, known)


def _check_restore(paths: Iterable[str], generated: Container[str], tree: Tree, result: Result) -> None:
    """Only what is generated can be brought back, and only where nothing stands."""
    for path in paths:
        if path not in generated:
            raise OptionError(f"restore={path} is not possible: no file of that name is generated here.")
        if tree.read(path) is not None:
            result.record(FileAction.KEPT, path, "it is there; delete it before you restore it")


def _as_it_stands(path: str, entry: Entry, tree: Tree) -> Entry:
    """After a merge of two branches a generated file is mixed, but that is no edit.

    Whether a person edited a file of theirs shows in what git made of the generated text meanwhile.
    """
    disk, base = tree.read(path), tree.read(PRISTINE + path)
    if disk is None:
        return entry
    if entry.owner is not Owner.MACHINE and both_sides(disk) != both_sides(base or b""):
        # git mixed the pristine copy as well: no digest tells anything of it.
        return entry._replace(digest="")
    return entry._replace(digest=digest(disk))


def _machine(path: str, new: bytes, tree: Tree, known: Mapping[str, Entry], options: Options, result: Result) -> None:
    disk = tree.read(path)
    if disk == new:
        return
    result.write[path] = new
    if disk is None:
        result.record(FileAction.CREATED, path)
        return
    entry = known.get(path)
    if entry is not None and entry.digest == digest(disk):
        result.record(FileAction.UPDATED, path)
        return
    result.record(FileAction.UPDATED, path, f"it was edited; your version is in {_put_aside(path, disk, tree, result)}")


def _put_aside(path: str, disk: bytes, tree: Tree, result: Result) -> str:
    """Keep somebody's version of a file of the machine's."""
    kept = kept_path(path, disk, tree)
    result.write[kept] = disk
    return kept


def _merged(path: str, new: bytes, tree: Tree, known: Mapping[str, Entry], options: Options, result: Result) -> None:
    disk = tree.read(path)
    kept = tree.read(PRISTINE + path)
    if kept != new:
        result.write[PRISTINE + path] = new
    base = kept if path in known else None
    if disk is None:
        _absent(path, new, base, path in known, options, result)
    elif disk == new:
        return
    elif path in known and known[path].digest == digest(disk) and (base in (None, disk) or result.mixed):
        result.write[path] = new
        result.record(FileAction.UPDATED, path)
    elif base is None:
        result.record(FileAction.KEPT, path, "it was there before; the generated text is in " + PRISTINE + path)
    elif base == new:
        return
    elif not result.mixed and known[path].digest != digest(base):
        _merge_cautiously(path, base, disk, new, options, result)
    elif disk == base:
        result.write[path] = new
        result.record(FileAction.UPDATED, path)
    else:
        _three_way(path, base, disk, new, options, result)
    if kept is not None and kept != new and PRISTINE + path not in result.write:
        result.entries[path] = known[path]._replace(digest=known[path].digest or digest(kept))


def _merge_cautiously(path: str, base: bytes, disk: bytes, new: bytes, options: Options, result: Result) -> None:
    """With a base that is not what was generated: every line of the file counts as its owner's."""
    _three_way(path, without_lines_of(base, disk, new), disk, new, options, result)
    if result.events and result.events[-1].path == path:
        said = f"{PRISTINE}{path} is not what was generated, so no line of yours was taken out"
        event = result.events.pop()
        result.record(event.what, path, f"{event.note}; {said}" if event.note else said)


def _absent(path: str, new: bytes, base: bytes | None, known: bool, options: Options, result: Result) -> None:
    """A file that is not there: new, or deleted by its owner."""
    if not known or path in options.restore:
        result.write[path] = new
        result.record(FileAction.CREATED, path)
    elif base != new:
        result.record(FileAction.KEPT, path, f"it stays deleted; restore={path} brings it back")


def _three_way(path: str, base: bytes, disk: bytes, new: bytes, options: Options, result: Result) -> None:
    if has_markers(disk):
        result.record(FileAction.CONFLICT, path, f"{_MARKED}: resolve them first")
        result.write.pop(PRISTINE + path, None)
        return
    merged = merge(both_sides(base), disk, new)
    if not merged.conflicts:
        if merged.content != disk:
            result.write[path] = merged.content
            result.record(FileAction.MERGED, path)
        return
    many = "1 conflict" if merged.conflicts == 1 else f"{merged.conflicts} conflicts"
    if options.conflicts == "keep":
        result.record(FileAction.KEPT, path, f"{many} with your edits; the generated text is in {PRISTINE}{path}")
        return
    result.write[path] = merged.content
    result.record(FileAction.CONFLICT, path, f"{many}, marked in the file")


def _remind(marked: Iterable[str], tree: Tree, result: Result) -> None:
    """Conflicts of earlier runs stay conflicts until their markers are gone."""
    said = {event.path for event in result.events if event.what is FileAction.CONFLICT}
    for path in marked:
        if path not in said and has_markers(tree.read(path) or b""):
            result.record(FileAction.CONFLICT, path, _MARKED)


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
    Owner.MACHINE: _machine,
    Owner.MERGED: _merged,
    Owner.CONTRACT: _merged,
    Owner.SETTINGS: _settings,
    Owner.HANDLERS: _handlers,
}


def _drop(tree: Tree, known: Mapping[str, Entry], result: Result, can_delete: bool) -> None:
    """Files of earlier runs that this one does not make any more."""
    for path, entry in known.items():
        if path in result.entries:
            continue
        if entry.owner is Owner.HANDLERS:
            # Its owner's alone from now on; should the service come back when it is deleted, it is new again.
            continue
        if entry.owner in (Owner.CONTRACT, Owner.SETTINGS) and path != f"{COPIES}/{OLD_PROTO}":
            result.entries[path] = entry
            continue
        disk = tree.read(path)
        if disk is None:
            _forget(path, tree, result)
        elif digest(disk) == entry.digest:
            result.delete.append(path)
            _forget(path, tree, result)
            result.record(FileAction.DELETED, path)
        else:
            _drop_edited(path, entry, disk, tree, result, can_delete)


def _drop_edited(path: str, entry: Entry, disk: bytes, tree: Tree, result: Result, can_delete: bool) -> None:
    if entry.owner is Owner.MACHINE:
        result.delete.append(path)
        kept = f"it was edited; your version is in {_put_aside(path, disk, tree, result)}" if can_delete else ""
        result.record(FileAction.DELETED, path, kept)
        return
    _forget(path, tree, result)
    result.record(FileAction.KEPT, path, "no longer generated, and yours now: you edited it")


def _forget(path: str, tree: Tree, result: Result) -> None:
    if tree.read(PRISTINE + path) is not None:
        result.delete.append(PRISTINE + path)


def _without_deleting(result: Result, known: Mapping[str, Entry]) -> Result:
    """For protoc, which never deletes: what should go is remembered, and the report says how."""
    for path in result.delete:
        file = path.removeprefix(PRISTINE)
        if file in known and file not in result.entries:
            result.entries[file] = known[file]
    result.stale, result.delete = result.delete, []
    note = "no longer generated; `pyservice generate` deletes it"
    result.events = [
        Event(FileAction.STALE, e.path, note) if e.what is FileAction.DELETED else e for e in result.events
    ]
    return result
