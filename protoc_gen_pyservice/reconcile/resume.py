"""Resume after a run whose response was only partly written: as before that run, with the files that exist."""

from collections.abc import Callable, Mapping, Sequence

from ..errors import OutputError
from ..inputs.lock import LOCK, OVERWRITTEN, Entry, Lock, kept_path
from ..inputs.objects import is_object_path, object_path
from ..inputs.places import RECORD
from ..inputs.tree import MemoryTree, Tree
from ..outputs.notes import Note, Reason
from ..outputs.pending import Pending, mark, read_pending
from ..outputs.report import Changeset, Event, FileAction
from .lock_check import read_lock

_RESUMED = "the last run was interrupted while its files were written; this one completes it"


class Resumed:
    """The project as it was before an interrupted run, with the files that this run wrote."""

    def __init__(self, disk: Tree, changed: Mapping[str, bytes | None]) -> None:
        self.disk = disk
        self.changed = changed
        """Contents that hide those on disk; None for a file that is hidden."""

    def read(self, path: str, max_bytes: int | None = None) -> bytes | None:
        return self.changed[path] if path in self.changed else self.disk.read(path, max_bytes)

    def check(self, path: str) -> None:
        self.disk.check(path)

    def files(self, folder: str) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        unchanged = {path for path in self.disk.files(folder) if path not in self.changed}
        changed = (path for path, content in self.changed.items() if content is not None and path.startswith(prefix))
        return sorted(unchanged.union(changed))


def run_on(root: str, disk: Tree, run: Callable[[Tree], Changeset]) -> Changeset:
    """Run on the project in ``root``, after resuming an interrupted run; returns the changes."""
    pending = read_pending(root)
    resumed = resume(pending, disk) if pending else None
    return completed(run(resumed), resumed) if resumed else run(disk)


def resume(pending: Pending, disk: Tree) -> Resumed | None:
    """Return the project to resume from; None if everything was written.

    A record that is neither the one in the note, nor a part of it, nor the one before belongs to another run:
    for example, the files were checked out since. Then the note does not apply.
    """
    paths = sorted(path for path in pending.given if not path.startswith(f"{RECORD}/"))
    states = [_state(path, pending, disk.read(path)) for path in paths]
    tail = _tail(states, "before")
    record = [path for path in pending.given if path.startswith(f"{RECORD}/")]
    unfinished = {path for path in record if _state(path, pending, disk.read(path)) != "done"}
    if any(_is_another(path, pending, disk.read(path)) for path in unfinished if not is_object_path(path)):
        return None
    cut = any(_is_cut(disk.read(path), pending.contents[path]) for path in paths[-2:])
    # The last file may have been deleted since, like any other.
    if not unfinished and not cut and (tail == 0 or (tail == 1 and paths[-1] not in pending.before)):
        return None
    broken = _tail(states[: len(states) - tail], "other")
    halves = paths[len(paths) - tail - broken : len(paths) - tail]
    done = {path for path, state in zip(paths, states, strict=True) if state == "done"}
    # Objects are verified by their names, or written again: none is hidden.
    record = [path for path in record if not is_object_path(path)]
    record = [path for path in record if not path.startswith(OVERWRITTEN) or path in unfinished]
    changed = {path: pending.saved.get(path) for path in (*record, *halves)}
    if LOCK in pending.given:
        changed[LOCK] = _lock(pending, disk, done, unfinished)
    return Resumed(disk, changed)


def completed(response: Changeset, resumed: Resumed) -> Changeset:
    """Return the changes relative to the disk instead of the project that the run saw."""
    write, delete, events = dict(response.write), list(response.delete), list(response.report.events)
    for path, content in resumed.changed.items():
        disk = resumed.disk.read(path)
        if content is None and path not in write and disk is not None:
            delete.append(path)
        elif content is not None and path not in delete:
            write.setdefault(path, content)
        if disk and not path.startswith(f"{RECORD}/") and not _starts(disk, write.get(path), content):
            kept = kept_path(path, disk, resumed.disk)
            write[kept] = disk
            events.append(Event(FileAction.UPDATED, path, (Note(Reason.PARTLY_WRITTEN, path, kept),)))
    report = response.report._replace(events=tuple(events), changes=(_RESUMED, *response.report.changes))
    return Changeset(report, write, tuple(dict.fromkeys(delete)))


def _state(path: str, pending: Pending, content: bytes | None) -> str:
    """Return the state of a file: ``done`` as in the note, ``before`` as before the run, else ``other``."""
    seen = None if content is None else mark(content)
    if seen == pending.given[path]:
        return "done"
    return "before" if seen == pending.before.get(path) else "other"


def _tail(states: Sequence[str], state: str) -> int:
    """Return the number of trailing entries in this state."""
    count = 0
    while count < len(states) and states[-1 - count] == state:
        count += 1
    return count


def _is_cut(content: bytes | None, given: bytes) -> bool:
    """Return whether a file is truncated."""
    return content is not None and content != given and given.startswith(content)


def _is_another(path: str, pending: Pending, content: bytes | None) -> bool:
    """Return whether a file of the record belongs to another run."""
    is_before = _state(path, pending, content) == "before"
    return not is_before and not _is_cut(content, pending.contents[path])


def _starts(content: bytes, *whole: bytes | None) -> bool:
    """Return whether a text is the beginning of one of the others."""
    return any(text is not None and text.startswith(content) for text in whole)


def _lock(pending: Pending, disk: Tree, done: set[str], unfinished: set[str]) -> bytes:
    """Return the previous lock with the files written since; never one that looks up to date."""
    before = pending.saved.get(LOCK)
    old = (read_lock(MemoryTree({LOCK: before})) if before else None) or Lock()
    try:
        new = read_lock(disk) or Lock()
    except OutputError:
        new = Lock()
    written = {path: e for path, e in new.files.items() if path in done and not _is_unwritten(e, unfinished)}
    files = {**old.files, **written}
    return old._replace(
        request="", project=old.project or new.project, package=old.package or new.package, files=files
    ).to_bytes()


def _is_unwritten(entry: Entry, unfinished: set[str]) -> bool:
    """Return whether an object that an entry names is incomplete."""
    return any(object_path(name) in unfinished for name in entry.digests)
