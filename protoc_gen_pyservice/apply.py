"""Write a run's result to disk: all of it or nothing, even if the process is killed half-way.

Everything is written aside first, together with a list of what goes where; one rename makes that the
journal. From then on the run has happened: what is left is moving files into place, which whoever
comes next finishes if this process cannot.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence

from .errors import OutputError

_ASIDE = ".pyservice/journal.tmp"
_JOURNAL = ".pyservice/journal"
_LIST = "list.json"


def apply(root: str, write: Mapping[str, bytes], delete: Sequence[str]) -> None:
    """Write and delete files below ``root``. Raises OutputError where that is not possible."""
    if not write and not delete:
        return
    try:
        _prepare(root, write, delete)
        _commit(root)
    except OSError as error:
        raise OutputError(
            f"{error.filename or root} cannot be written ({error.strerror}): nothing was changed."
        ) from None


def recover(root: str) -> None:
    """Finish, or forget, what a killed run left behind."""
    shutil.rmtree(os.path.join(root, _ASIDE), ignore_errors=True)
    if os.path.isdir(os.path.join(root, _JOURNAL)):
        _move_into_place(root)


def _prepare(root: str, write: Mapping[str, bytes], delete: Sequence[str]) -> None:
    aside = os.path.join(root, _ASIDE)
    shutil.rmtree(aside, ignore_errors=True)
    os.makedirs(aside)
    moves: dict[str, str] = {}
    for number, (path, content) in enumerate(sorted(write.items())):
        target = _real_path(root, path)
        moves[str(number)] = os.path.relpath(target, root)
        staged = os.path.join(aside, str(number))
        with open(staged, "wb") as file:
            file.write(content)
        if os.path.exists(target):
            shutil.copymode(target, staged)
    with open(os.path.join(aside, _LIST), "w", encoding="utf-8") as file:
        json.dump({"move": moves, "delete": list(delete)}, file)


def _real_path(root: str, path: str) -> str:
    """Where a path leads, through links of the user's; never out of the project."""
    target = os.path.realpath(os.path.join(root, path))
    if os.path.relpath(target, os.path.realpath(root)).startswith(os.pardir):
        raise OutputError(f"{path} is a link that leads out of the project: replace it by a file.")
    return os.path.join(root, os.path.relpath(target, os.path.realpath(root)))


def _commit(root: str) -> None:
    """Make the journal valid and move the files, in a process that a kill of this one leaves alone."""
    os.rename(os.path.join(root, _ASIDE), os.path.join(root, _JOURNAL))
    if not hasattr(os, "fork"):
        _move_into_place(root)
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
        _move_into_place(root)


def _move_into_place(root: str) -> None:
    """Carry out the journal; doing it twice is doing it once."""
    journal = os.path.join(root, _JOURNAL)
    with open(os.path.join(journal, _LIST), encoding="utf-8") as file:
        todo = json.load(file)
    for staged, path in todo["move"].items():
        source, target = os.path.join(journal, staged), os.path.join(root, path)
        if os.path.exists(source):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.replace(source, target)
    for path in todo["delete"]:
        _delete(root, path)
    shutil.rmtree(journal)


def _delete(root: str, path: str) -> None:
    """Delete a file, and the folders that are empty without it."""
    target = os.path.join(root, path)
    if os.path.lexists(target):
        os.unlink(target)
    folder = os.path.dirname(path)
    while folder:
        full = os.path.join(root, folder)
        shutil.rmtree(os.path.join(full, "__pycache__"), ignore_errors=True)
        if not os.path.isdir(full) or os.listdir(full):
            return
        os.rmdir(full)
        folder = os.path.dirname(folder)
