"""Write a run's result to disk: all of it or nothing, even if the process is killed half-way.

Everything is written aside first, together with a list of what goes where; one rename makes that the
journal. From then on the run has happened: what is left is moving files into place, which whoever
comes next finishes if this process cannot.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from .errors import OutputError

_ASIDE = ".pyservice/journal.tmp"
_JOURNAL = ".pyservice/journal"
_LIST = "list.json"


@contextmanager
def alone(root: str) -> Iterator[None]:
    """Keep other runs out of a project; waits for one that is still moving its files.

    The lock is on the folder itself, so that nothing is left behind, and ends with the last process
    that has it: also with the one that goes on after a kill.
    """
    try:
        import fcntl

        handle = os.open(root, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        with suppress(OSError):  # some network file systems lock no folders
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def apply(root: str, write: Mapping[str, bytes], delete: Sequence[str]) -> None:
    """Write and delete files below ``root``. Raises OutputError where that is not possible."""
    if not write and not delete:
        return
    try:
        _prepare(root, write, delete)
    except BaseException as error:
        _forget(root)
        if not isinstance(error, OSError):
            raise
        raise OutputError(
            f"{error.filename or root} cannot be written ({error.strerror}): nothing was changed."
        ) from None
    _commit(root)


def recover(root: str) -> None:
    """Finish, or forget, what a killed run left behind. Raises OutputError where that is not possible."""
    shutil.rmtree(os.path.join(root, _ASIDE), ignore_errors=True)
    if os.path.isdir(os.path.join(root, _JOURNAL)):
        _finish(root)


# --------------------------------------------------------------------------------------- writing aside


def _prepare(root: str, write: Mapping[str, bytes], delete: Sequence[str]) -> None:
    aside = os.path.join(root, _ASIDE)
    shutil.rmtree(aside, ignore_errors=True)
    os.makedirs(aside)
    moves: dict[str, str] = {}
    for number, (path, content) in enumerate(sorted(write.items())):
        target = _real_path(root, path)
        _check_free(root, target)
        moves[str(number)] = os.path.relpath(target, root)
        staged = os.path.join(aside, str(number))
        with open(staged, "wb") as file:
            file.write(content)
        if os.path.exists(target):
            shutil.copymode(target, staged)
    for path in delete:
        _real_path(root, os.path.dirname(path))
        _check_parent(root, os.path.join(root, path))
    with open(os.path.join(aside, _LIST), "w", encoding="utf-8") as file:
        json.dump({"move": moves, "delete": list(delete)}, file)


def _real_path(root: str, path: str) -> str:
    """Where a path leads, through links of the user's; never out of the project."""
    inside = os.path.relpath(os.path.realpath(os.path.join(root, path)), os.path.realpath(root))
    if inside == os.pardir or inside.startswith(os.pardir + os.sep):
        raise OutputError(f"{path} leads out of the project through a link: replace the link; nothing was changed.")
    return os.path.join(root, inside)


def _check_free(root: str, target: str) -> None:
    """A move that fails half-way could not be taken back, so what can be known is asked before."""
    if os.path.isdir(target):
        place = os.path.relpath(target, root)
        raise OutputError(f"{place} is a folder and has to be a file: move it away; nothing was changed.")
    _check_parent(root, target)


def _check_parent(root: str, target: str) -> None:
    folder = os.path.dirname(target)
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    place = os.path.relpath(folder, root)
    if not os.path.isdir(folder):
        raise OutputError(f"{place} is a file and has to be a folder: move it away; nothing was changed.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"the folder {place} cannot be written: change its permissions; nothing was changed.")


def _forget(root: str) -> None:
    shutil.rmtree(os.path.join(root, _ASIDE), ignore_errors=True)
    with suppress(OSError):  # only where this run made it
        os.rmdir(os.path.join(root, os.path.dirname(_ASIDE)))


# ----------------------------------------------------------------------------------- moving into place


def _commit(root: str) -> None:
    """Make the journal valid and move the files, in a process that a kill of this one leaves alone."""
    os.rename(os.path.join(root, _ASIDE), os.path.join(root, _JOURNAL))
    if not hasattr(os, "fork"):
        _finish(root)
        return
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            _move_into_place(root)
            os._exit(0)
        except BaseException:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if status != 0:
        # In this process again, for its error message.
        _finish(root)


def _finish(root: str) -> None:
    try:
        _move_into_place(root)
    except OSError as error:
        raise OutputError(
            f"{error.filename2 or error.filename} cannot be written ({error.strerror}) and a run is half done: "
            "change that and run this again, which completes it."
        ) from None


def _move_into_place(root: str) -> None:
    """Carry out the journal; doing it twice is doing it once."""
    journal, done = os.path.join(root, _JOURNAL), os.path.join(root, _ASIDE)
    with open(os.path.join(journal, _LIST), encoding="utf-8") as file:
        todo = json.load(file)
    for staged, path in todo["move"].items():
        source, target = os.path.join(journal, staged), os.path.join(root, path)
        if os.path.exists(source):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.replace(source, target)
    for path in todo["delete"]:
        _delete(root, path)
    # One rename ends it, so that nobody takes what is left of the folder for a journal.
    os.rename(journal, done)
    shutil.rmtree(done, ignore_errors=True)


def _delete(root: str, path: str) -> None:
    """Delete a file, and the folders that are empty without it."""
    target = os.path.join(root, path)
    if os.path.lexists(target):
        os.unlink(target)
    folder = os.path.dirname(path)
    while folder:
        full = os.path.join(root, folder)
        if not os.path.isdir(full) or os.path.islink(full) or set(os.listdir(full)) - {"__pycache__"}:
            return
        shutil.rmtree(os.path.join(full, "__pycache__"), ignore_errors=True)
        os.rmdir(full)
        folder = os.path.dirname(folder)
