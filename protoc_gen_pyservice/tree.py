"""The project as it stands, read-only: all that a run knows of the disk."""

import os
from collections.abc import Mapping
from typing import Protocol


class Tree(Protocol):
    """A view of one project folder; paths are relative with forward slashes."""

    def read(self, path: str) -> bytes | None:
        """The content of a file; None where there is none."""

    def files(self, folder: str) -> list[str]:
        """The paths of all files below a folder, sorted; empty where there is none."""


class DiskTree:
    """The project in a folder on disk; the folder need not exist."""

    def __init__(self, root: str) -> None:
        self._root = root

    def read(self, path: str) -> bytes | None:
        try:
            with open(os.path.join(self._root, path), "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def files(self, folder: str) -> list[str]:
        found: list[str] = []
        for path, folders, names in os.walk(os.path.join(self._root, folder)):
            folders[:] = [name for name in folders if name != "__pycache__"]
            inside = os.path.relpath(path, self._root).replace(os.sep, "/")
            found.extend(name if inside == "." else f"{inside}/{name}" for name in names)
        return sorted(found)


class MemoryTree:
    """A project held in memory: for tests, and for a run into an empty folder."""

    def __init__(self, content: Mapping[str, bytes] | None = None) -> None:
        self._content = dict(content or {})

    def read(self, path: str) -> bytes | None:
        return self._content.get(path)

    def files(self, folder: str) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        return sorted(path for path in self._content if path.startswith(prefix))


class Overlay:
    """A project with some files written over it, as it would be after a run."""

    def __init__(self, below: Tree, written: Mapping[str, bytes]) -> None:
        self._below = below
        self._written = written

    def read(self, path: str) -> bytes | None:
        written = self._written.get(path)
        return self._below.read(path) if written is None else written

    def files(self, folder: str) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        above = (path for path in self._written if path.startswith(prefix))
        return sorted({*above, *self._below.files(folder)})
