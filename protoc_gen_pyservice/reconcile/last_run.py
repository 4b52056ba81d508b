"""The record of the last run: its lock, and the objects that it names."""

from .. import __version__
from ..errors import OutputError
from ..inputs.lock import LOCK, Lock
from ..inputs.objects import Objects
from ..inputs.tree import Tree
from .lock_check import read_lock


def read_last_run(tree: Tree) -> tuple[Lock | None, Objects]:
    """Return the lock, converted to the current format, and the objects. Raises OutputError as `read_lock` does."""
    lock = read_lock(tree)
    if lock is None:
        return None, Objects(tree)
    from .old_base import is_old, read_old

    return read_old(tree, lock) if is_old(lock) else (lock, Objects(tree))


def check_version(tree: Tree) -> None:
    """Raise OutputError if another version generated the project: its bytes cannot be compared."""
    lock = read_lock(tree)
    if lock is not None and lock.generator != __version__:
        raise OutputError(
            f"{LOCK} names protoc-gen-pyservice {lock.generator}, and this is {__version__}: install that version to "
            "compare with what it generates, or run pyservice generate."
        )
