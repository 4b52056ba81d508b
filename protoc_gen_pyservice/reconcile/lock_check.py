"""Read the lock. It came with the repository, so it is a stranger's word until it was checked.

Paths of its files are read, written over and deleted, and its names become Python: both are only what a
run of this generator can have written there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from keyword import iskeyword

from ..errors import OutputError
from ..inputs.lock import LOCK, PRISTINE, Lock, parse_lock
from ..inputs.places import is_inside
from ..inputs.sources import COPIES
from ..inputs.tree import Tree
from ..manifest import FILES, FORMER, HANDLER_TESTS, Scope, handlers_folder
from ..ownership import Owner

_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_PROJECT = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_DIGEST = re.compile(r"[0-9a-f]*")
_RPC = re.compile(r"/[\w.]+/\w+")
_SHAPES = {
    "classes": re.compile(r"[A-Z]\w*", re.ASCII),
    "modules": re.compile(r"[a-z]\w*", re.ASCII),
    "methods": re.compile(r"[a-z]\w*", re.ASCII),
    "aliases": re.compile(r"[^\W\d]\w*"),
}


def read_lock(tree: Tree) -> Lock | None:
    """The record of the last run; None in a folder that was never generated into.

    Raises OutputError for a file that is not a lock, one of a newer generator, or one that says what no
    run can have written.
    """
    content = tree.read(LOCK)
    if content is None:
        return None
    try:
        lock = parse_lock(content)
        _check(lock)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise OutputError(
            f"{LOCK} cannot be read ({type(error).__name__}: {error}): bring it back from version control."
        ) from None
    return lock


def _check(lock: Lock) -> None:
    """Raise OutputError for the first entry that no run can have written."""
    for what in _wrong(lock):
        raise OutputError(
            f"{LOCK} has {what}, which no run can have written: bring the file back from version control."
        )


def _wrong(lock: Lock) -> Iterator[str]:
    """Every entry that is not as a run writes it, in words."""
    yield from _wrong_texts(filter(None, (lock.project,)), "the project", _PROJECT)
    yield from _wrong_texts(filter(None, (lock.package,)), "the package", _WORD)
    yield from _wrong_texts((lock.request,), "the digest of the request", _DIGEST)
    for kind, names in lock.names.items():
        yield from _wrong_texts(names.values(), f"among its {kind}", _SHAPES[kind])
    yield from _wrong_texts(lock.pending, "pending", _RPC)
    yield from (f"the proto {path!r}" for path in lock.protos if not is_inside(path))
    owners = _owners(lock.package or "")
    for path, entry in lock.files.items():
        if not is_inside(path) or _owner(path, lock.package or "", owners) is not entry.owner:
            yield f"the file {path!r}, {entry.owner.value}"
    for path in (*lock.conflicts, *(stale.removeprefix(PRISTINE) for stale in lock.stale)):
        if not is_inside(path) or _owner(path, lock.package or "", owners) is None:
            yield f"the file {path!r}"


def _wrong_texts(texts: Iterable[str], where: str, shape: re.Pattern[str]) -> Iterator[str]:
    for text in texts:
        if not shape.fullmatch(text) or (shape is not _PROJECT and iskeyword(text)):
            yield f"{where} {text!r}"


def _owners(package: str) -> Mapping[str, Owner]:
    """The owner of each file that a project has once, by its path."""
    return {
        entry.path.format(package=package): entry.owner for entry in (*FILES, *FORMER) if entry.scope is Scope.PROJECT
    }


def _owner(path: str, package: str, owners: Mapping[str, Owner]) -> Owner | None:
    """Whose a generated file is; None for a path that is never generated."""
    if path in owners:
        return owners[path]
    code = f"src/{package}/"
    if path.startswith((f"{code}gen/", "tests/gen/")):
        return Owner.MACHINE if path.endswith((".py", ".pyi")) else None
    if path.startswith((f"{handlers_folder(package)}/", f"{HANDLER_TESTS}/test_")):
        return Owner.HANDLERS if path.endswith(".py") else None
    return Owner.CONTRACT if path.startswith(f"{COPIES}/") else None
