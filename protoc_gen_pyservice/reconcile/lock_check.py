"""Read the lock. It came with the repository, so it is untrusted until it was checked.

Paths in it are read, overwritten and deleted, and its names become Python: both must be values that a run of
this generator can have written.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from keyword import iskeyword

from ..errors import OutputError
from ..inputs.lock import LOCK, Lock, parse_lock
from ..inputs.places import is_inside
from ..inputs.sources import COPIES
from ..inputs.tree import Tree
from ..manifest import FILES, FORMER, HANDLER_TESTS, TESTING, Scope, handlers_folder, is_runtime_path
from ..ownership import Owner
from .old_base import is_old_path

_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_PROJECT = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_REQUEST = re.compile(r"[0-9a-f]*")
_DIGEST = re.compile(r"[0-9a-f]{64}|[0-9a-f]{32}")
"""A digest of the current format, and one of format 1."""
_VERSION = re.compile(r"\d{1,9}(\.\d{1,9}){0,3}[.\w+-]{0,50}", re.ASCII)
_RPC = re.compile(r"/[\w.]+/\w+")
_SHAPES = {
    "classes": re.compile(r"[A-Z]\w*", re.ASCII),
    "modules": re.compile(r"[a-z]\w*", re.ASCII),
    "methods": re.compile(r"[a-z]\w*", re.ASCII),
    "aliases": re.compile(r"[^\W\d]\w*"),
}


def read_lock(tree: Tree) -> Lock | None:
    """Return the record of the last run; None in a folder that was never generated into.

    Raises OutputError for a file that is not a lock, one of a newer generator, or one with values that no
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
            f"{LOCK} cannot be read ({type(error).__name__}: {error}): restore it from version control."
        ) from None
    return lock


def _check(lock: Lock) -> None:
    """Raise OutputError for the first entry that no run can have written."""
    for what in _wrong(lock):
        raise OutputError(f"{LOCK} has {what}, which no run can have written: restore the file from version control.")


def _wrong(lock: Lock) -> Iterator[str]:
    """Yield a description of every entry that no run can have written."""
    yield from _wrong_texts(filter(None, (lock.project,)), "the project", _PROJECT)
    yield from _wrong_texts(filter(None, (lock.package,)), "the package", _WORD)
    yield from _wrong_texts((lock.request,), "the digest of the request", _REQUEST)
    yield from _wrong_texts((lock.generator,), "the version", _VERSION)
    for kind, names in lock.names.items():
        yield from _wrong_texts(names.values(), f"among its {kind}", _SHAPES[kind])
    yield from _wrong_texts(lock.pending, "pending", _RPC)
    yield from (f"the proto {path!r}" for path in (*lock.protos, *lock.descriptors) if not is_inside(path))
    for digests in (*lock.descriptors.values(), *(entry.digests for entry in lock.files.values())):
        yield from _wrong_texts(digests, "the digest", _DIGEST)
    owners = _owners(lock.package or "")
    for path, entry in lock.files.items():
        if not is_inside(path) or not _may_own(entry.owner, _owner(path, lock.package or "", owners), path):
            yield f"the file {path!r}, {entry.owner.value}"
    for path in (*lock.conflicts, *(path for path in lock.stale if not is_old_path(path))):
        if not is_inside(path) or _owner(path, lock.package or "", owners) is None:
            yield f"the file {path!r}"


def _wrong_texts(texts: Iterable[str], where: str, shape: re.Pattern[str]) -> Iterator[str]:
    for text in texts:
        if not shape.fullmatch(text) or (shape is not _PROJECT and iskeyword(text)):
            yield f"{where} {text!r}"


def _owners(package: str) -> Mapping[str, Owner]:
    """Return the owner of each file that a project has once, by its path."""
    return {
        entry.path.format(package=package): entry.owner for entry in (*FILES, *FORMER) if entry.scope is Scope.PROJECT
    }


def _may_own(owner: Owner, usual: Owner | None, path: str) -> bool:
    """Return whether a file can have an owner: the usual one, or the user for an ejected file of the runtime."""
    ejected = owner is Owner.MERGED and usual is Owner.GENERATED and is_runtime_path(path)
    return owner is usual or ejected


def _owner(path: str, package: str, owners: Mapping[str, Owner]) -> Owner | None:
    """Return the owner of a generated file; None for a path that is never generated."""
    if path in owners:
        return owners[path]
    code = f"src/{package}/"
    if path.startswith((f"{code}gen/", f"{code}runtime/", "tests/gen/", f"{TESTING}/")):
        return Owner.GENERATED if path.endswith((".py", ".pyi", "py.typed")) else None
    if path.startswith((f"{handlers_folder(package)}/", f"{HANDLER_TESTS}/test_")):
        return Owner.HANDLERS if path.endswith(".py") else None
    return Owner.CONTRACT if path.startswith(f"{COPIES}/") else None
