"""The existing project, read-only: a run sees nothing else of the disk."""

import errno
import os
import stat
from collections.abc import Mapping
from typing import Protocol

from ..errors import OutputError
from .places import Places


class Tree(Protocol):
    """A view of one project folder; paths are relative with forward slashes."""

    def read(self, path: str, max_bytes: int | None = None) -> bytes | None:
        """Return the content of a file; None if it does not exist, or has more than ``max_bytes``."""

    def check(self, path: str) -> None:
        """Raise OutputError for a path that must not be read or written."""

    def files(self, folder: str) -> list[str]:
        """Return the paths of all files below a folder, sorted; empty if it does not exist."""


_ABSENT = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.ENXIO, errno.EINVAL}
)
"""Errors of paths without a regular file: missing, a folder, an impossible name, a link to itself, a socket."""


class DiskTree:
    """The project in a folder on disk; the folder need not exist.

    Links that lead out of the project are not followed: ``read`` raises OutputError for one, and
    ``files`` skips it.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._places = Places(root)

    def read(self, path: str, max_bytes: int | None = None) -> bytes | None:
        try:
            # Not blocking: the path may be a pipe that nothing writes to.
            handle = os.open(os.path.join(self._root, self._places.real(path)), os.O_RDONLY | _NONBLOCK)
            with open(handle, "rb") as file:
                return file.read() if _is_readable(os.fstat(handle), max_bytes) else None
        except PermissionError:
            raise OutputError(f"{path} cannot be read: change its permissions.") from None
        except OSError as error:
            if error.errno in _ABSENT:
                return None
            raise OutputError(f"{path} cannot be read ({error.strerror}).") from None

    def check(self, path: str) -> None:
        self._places.real(path)

    def files(self, folder: str) -> list[str]:
        paths: list[str] = []
        for path, folders, names in os.walk(os.path.join(self._root, self._places.real(folder) if folder else "")):
            folders[:] = [name for name in folders if name not in ("__pycache__", ".git")]
            inside = os.path.relpath(path, self._root).replace(os.sep, "/")
            paths.extend(name if inside == "." else f"{inside}/{name}" for name in names)
        return sorted(path for path in paths if self._is_file(path))

    def _is_file(self, path: str) -> bool:
        try:
            return os.path.isfile(os.path.join(self._root, self._places.real(path)))
        except OutputError:
            return False


_NONBLOCK = getattr(os, "O_NONBLOCK", 0)


def _is_readable(status: os.stat_result, max_bytes: int | None) -> bool:
    return stat.S_ISREG(status.st_mode) and (max_bytes is None or status.st_size <= max_bytes)


class MemoryTree:
    """A project held in memory: for tests, and for a run into an empty folder."""

    def __init__(self, content: Mapping[str, bytes] | None = None) -> None:
        self._content = dict(content or {})

    def read(self, path: str, max_bytes: int | None = None) -> bytes | None:
        content = self._content.get(path)
        return None if content is not None and max_bytes is not None and len(content) > max_bytes else content

    def check(self, path: str) -> None:
        pass

    def files(self, folder: str) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        return sorted(path for path in self._content if path.startswith(prefix))


class Overlay:
    """A project with some files replaced, as it would be after a run; those with None do not exist."""

    def __init__(self, below: Tree, written: Mapping[str, bytes | None]) -> None:
        self._below = below
        self._written = written

    def read(self, path: str, max_bytes: int | None = None) -> bytes | None:
        return self._written[path] if path in self._written else self._below.read(path, max_bytes)

    def check(self, path: str) -> None:
        self._below.check(path)

    def files(self, folder: str) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        above = {path for path, content in self._written.items() if content is not None and path.startswith(prefix)}
        return sorted(above.union(path for path in self._below.files(folder) if path not in self._written))
