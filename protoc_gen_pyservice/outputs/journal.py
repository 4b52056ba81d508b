"""Write a run's result to disk: all of it or nothing, even if the process is killed half-way.

Everything is first written to a folder, together with a list of target paths; one rename makes that the
journal. From then on the run has happened: only moving files into place remains, which the next run
completes if this process cannot. A journal that was not left by this user on this machine, such as one
that came with a clone, is never applied.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ..errors import OutputError
from ..inputs.places import Places, check_names, is_inside
from ..inputs.stamp import is_own, make_stamp

_ASIDE = ".pyservice/journal.tmp"
_JOURNAL = ".pyservice/journal"
_LIST = "list.json"


def apply(root: str, write: Mapping[str, bytes], delete: Sequence[str]) -> None:
    """Write and delete files below ``root``. Raises OutputError if that is not possible."""
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
    """Complete or discard the journal of a killed run. Raises OutputError if that is not possible."""
    places = Places(root)
    aside = os.path.join(root, places.real(_ASIDE))
    if os.path.lexists(aside):
        shutil.rmtree(aside, ignore_errors=True)
    if _has_own_journal(root):
        _finish(root)


def check_recovered(root: str) -> None:
    """Raise OutputError if a run is half done; for runs that write nothing, and so do not complete it."""
    if _has_own_journal(root):
        raise OutputError("the last run was interrupted: run pyservice generate to complete it.")


def check_places(root: str, write: Iterable[str], delete: Iterable[str] = ()) -> None:
    """Raise OutputError if one of the files cannot be written or deleted."""
    check_names(write)
    places = Places(root)
    checked: set[str] = set()
    for path in write:
        _check_free(root, places.real(path), checked)
    for path in delete:
        _check_deleted(root, path, places, checked)


# --------------------------------------------------------------------------------------- writing aside


def _prepare(root: str, write: Mapping[str, bytes], delete: Sequence[str]) -> None:
    places = Places(root)
    aside = os.path.join(root, places.real(_ASIDE))
    shutil.rmtree(aside, ignore_errors=True)
    os.makedirs(aside)
    check_places(root, write, delete)
    moves: dict[str, str] = {}
    for number, (path, content) in enumerate(sorted(write.items())):
        target = moves[str(number)] = places.real(path)
        staged = os.path.join(aside, str(number))
        with open(staged, "wb") as file:
            file.write(content)
        if os.path.exists(os.path.join(root, target)):
            shutil.copymode(os.path.join(root, target), staged)
    with open(os.path.join(aside, _LIST), "w", encoding="utf-8") as file:
        json.dump({"stamp": make_stamp(aside), "move": moves, "delete": list(delete)}, file)


def _check_free(root: str, path: str, checked: set[str]) -> None:
    """Raise OutputError if a file cannot be moved into place: a failed move could not be undone."""
    target = os.path.join(root, path)
    if os.path.isdir(target):
        raise OutputError(f"{path} is a folder and has to be a file: move it away; nothing was changed.")
    if os.path.exists(target) and not os.path.isfile(target):
        raise OutputError(f"{path} is not a regular file: move it away; nothing was changed.")
    _check_parent(root, os.path.dirname(path), checked)


def _check_deleted(root: str, path: str, places: Places, checked: set[str]) -> None:
    """Raise OutputError if a file cannot be deleted; a link is deleted itself, not its target."""
    folder = os.path.dirname(path)
    if folder:
        places.real(folder)
    _check_parent(root, folder, checked)


def _check_parent(root: str, folder: str, checked: set[str]) -> None:
    if folder in checked:
        return
    checked.add(folder)
    place = os.path.join(root, folder)
    while not os.path.lexists(place):
        place = os.path.dirname(place)
    path = os.path.relpath(place, root)
    if not os.path.isdir(place):
        raise OutputError(f"{path} is a file and has to be a folder: move it away; nothing was changed.")
    if not os.access(place, os.W_OK | os.X_OK):
        raise OutputError(f"the folder {path} cannot be written: change its permissions; nothing was changed.")


def _forget(root: str) -> None:
    if os.path.islink(os.path.join(root, os.path.dirname(_ASIDE))):
        return
    shutil.rmtree(os.path.join(root, _ASIDE), ignore_errors=True)
    with suppress(OSError):  # only where this run made it
        os.rmdir(os.path.join(root, os.path.dirname(_ASIDE)))


# ----------------------------------------------------------------------------------- moving into place


def _commit(root: str) -> None:
    """Make the journal valid and move the files, in a process that survives a kill of this one."""
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
        # In this process again, for the error message.
        _finish(root)


def _finish(root: str) -> None:
    try:
        _move_into_place(root)
    except OSError as error:
        raise OutputError(
            f"{error.filename2 or error.filename} cannot be written ({error.strerror}), so the run is half done: "
            "fix that and run this again to complete it."
        ) from None


def _move_into_place(root: str) -> None:
    """Apply the journal; idempotent."""
    journal, done = os.path.join(root, _JOURNAL), os.path.join(root, _ASIDE)
    todo = _read_list(journal)
    places = Places(root)
    for staged, path in todo["move"].items():
        source, target = os.path.join(journal, staged), os.path.join(root, places.real(path))
        if os.path.exists(source):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.replace(source, target)
    for path in todo["delete"]:
        _delete(root, path)
    # One rename ends it, so that the rest of the folder is not taken for a journal.
    os.rename(journal, done)
    shutil.rmtree(done, ignore_errors=True)


def _has_own_journal(root: str) -> bool:
    """Return whether a run of this user left a journal. Raises OutputError for any other journal."""
    journal = os.path.join(root, Places(root).real(_JOURNAL))
    if not os.path.lexists(journal):
        return False
    if not is_own(journal, _read_list(journal).get("stamp")):
        raise OutputError(
            f"{_JOURNAL} was not left by a run of yours in this folder, so it is not applied: "
            f"delete {_JOURNAL} and run this again."
        )
    return True


def _read_list(journal: str) -> dict[str, Any]:
    """Return the list of a journal; empty if no run can have written it."""
    try:
        with open(os.path.join(journal, _LIST), encoding="utf-8") as file:
            todo = json.load(file)
        paths = [*todo["move"].values(), *todo["delete"]]
        sound = all(map(str.isdecimal, todo["move"])) and all(map(is_inside, paths))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}
    return dict(todo) if sound else {}


def _delete(root: str, path: str) -> None:
    """Delete a file, and the folders that become empty."""
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
