"""Go on after a run whose answer was written in part: as if it had not been, but for the files that are there."""

from collections.abc import Callable, Mapping, Sequence

from ..errors import OutputError
from ..inputs.lock import LOCK, OVERWRITTEN, PRISTINE, Lock, kept_path
from ..inputs.places import RECORD
from ..inputs.tree import MemoryTree, Tree
from ..outputs.pending import Pending, mark, read_pending
from ..outputs.report import Changeset, Event, FileAction
from .lock_check import read_lock

_SAID = "the last run was stopped while its files were written; this one makes the project whole"


class Resumed:
    """The project as it was before a run that was stopped, with the files that this run did write."""

    def __init__(self, disk: Tree, changed: Mapping[str, bytes | None]) -> None:
        self.disk = disk
        self.changed = changed
        """What is seen instead of what stands on disk; None where nothing is."""

    def read(self, path: str) -> bytes | None:
        return self.changed[path] if path in self.changed else self.disk.read(path)

    def check(self, path: str) -> None:
        self.disk.check(path)

    def files(self, folder: str) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        here = {path for path in self.disk.files(folder) if path not in self.changed}
        there = (path for path, content in self.changed.items() if content is not None and path.startswith(prefix))
        return sorted(here.union(there))


def run_on(root: str, disk: Tree, run: Callable[[Tree], Changeset]) -> Changeset:
    """Run on the project in ``root``, going on with what the last run may have left half written."""
    pending = read_pending(root)
    resumed = resume(pending, disk) if pending else None
    return completed(run(resumed), resumed) if resumed else run(disk)


def resume(pending: Pending, disk: Tree) -> Resumed | None:
    """The project to go on with; None where everything was written.

    A record that is neither what was given, nor a beginning of it, nor what was there before is of another run:
    the files were checked out since, say. Then the note tells nothing.
    """
    paths = sorted(path for path in pending.given if not path.startswith(f"{RECORD}/"))
    states = [_state(path, pending, disk.read(path)) for path in paths]
    tail = _tail(states, "before")
    record = [path for path in pending.given if path.startswith(f"{RECORD}/")]
    unfinished = {path for path in record if _state(path, pending, disk.read(path)) != "done"}
    if any(_is_another(path, pending, disk.read(path)) for path in unfinished):
        return None
    cut = any(_is_cut(disk.read(path), pending.contents[path]) for path in paths[-2:])
    # The one file that comes last may have been deleted since, like any other.
    if not unfinished and not cut and (tail == 0 or (tail == 1 and paths[-1] not in pending.before)):
        return None
    broken = _tail(states[: len(states) - tail], "other")
    halves = paths[len(paths) - tail - broken : len(paths) - tail]
    done = {path for path, state in zip(paths, states, strict=True) if state == "done"}
    done -= {path for path in done if PRISTINE + path in unfinished}
    record = [path for path in record if not path.startswith(OVERWRITTEN) or path in unfinished]
    changed = {path: pending.saved.get(path) for path in (*record, *halves) if path.removeprefix(PRISTINE) not in done}
    if LOCK in pending.given:
        changed[LOCK] = _lock(pending, disk, done)
    return Resumed(disk, changed)


def completed(response: Changeset, resumed: Resumed) -> Changeset:
    """The response for what stands on disk, and not for what the run was shown."""
    write, delete, events = dict(response.write), list(response.delete), list(response.report.events)
    for path, content in resumed.changed.items():
        stands = resumed.disk.read(path)
        if content is None and path not in write and stands is not None:
            delete.append(path)
        elif content is not None and path not in delete:
            write.setdefault(path, content)
        if stands and not path.startswith(f"{RECORD}/") and not _starts(stands, write.get(path), content):
            kept = kept_path(path, stands, resumed.disk)
            write[kept] = stands
            note = f"it was not written to its end; what stood there is in {kept}"
            events.append(Event(FileAction.UPDATED, path, note))
    report = response.report._replace(events=tuple(events), changes=(_SAID, *response.report.changes))
    return Changeset(report, write, tuple(dict.fromkeys(delete)))


def _state(path: str, pending: Pending, content: bytes | None) -> str:
    """Whether a file is as it was given to be written, as it was before, or neither."""
    seen = None if content is None else mark(content)
    if seen == pending.given[path]:
        return "done"
    return "before" if seen == pending.before.get(path) else "other"


def _tail(states: Sequence[str], state: str) -> int:
    """How many at the end are in this state."""
    count = 0
    while count < len(states) and states[-1 - count] == state:
        count += 1
    return count


def _is_cut(content: bytes | None, given: bytes) -> bool:
    """Whether a file ends before its end."""
    return content is not None and content != given and given.startswith(content)


def _is_another(path: str, pending: Pending, content: bytes | None) -> bool:
    """Whether a file of the record is of another run."""
    is_before = _state(path, pending, content) == "before"
    return not is_before and not _is_cut(content, pending.contents[path])


def _starts(content: bytes, *whole: bytes | None) -> bool:
    """Whether a text is the beginning of one of the others."""
    return any(text is not None and text.startswith(content) for text in whole)


def _lock(pending: Pending, disk: Tree, done: set[str]) -> bytes:
    """The lock from before, with what was written since; never one that looks settled."""
    before = pending.saved.get(LOCK)
    old = (read_lock(MemoryTree({LOCK: before})) if before else None) or Lock()
    try:
        new = read_lock(disk) or Lock()
    except OutputError:
        new = Lock()
    files = {**old.files, **{path: entry for path, entry in new.files.items() if path in done}}
    return old._replace(
        request="", project=old.project or new.project, package=old.package or new.package, files=files
    ).to_bytes()
