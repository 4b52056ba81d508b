"""The proto roots of a project as the run will leave them, for the compiler to read."""

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .sources import inside

Changes = Mapping[str, bytes | None]
"""The new texts of files by their path in the project; None for one that will be removed."""

UNCHANGED: Changes = {}


class Layers:
    """The roots, given as absolute ``folders``, of the project in ``root``."""

    def __init__(self, root: str, folders: Sequence[str], changes: Changes) -> None:
        self._changes = {folder: dict(_below(root, folder, changes)) for folder in folders}

    def existing(self, names: Iterable[str]) -> list[str]:
        """Return the names that some root will still have."""
        return [name for name in names if any(self._has(folder, name) for folder in self._changes)]

    def written(self, scratch: str) -> Iterator[str]:
        """Yield the folders to search in order: the roots, each after a folder with its changed files."""
        for number, (folder, changes) in enumerate(self._changes.items()):
            layer = os.path.join(scratch, str(number))
            for name, content in changes.items():
                if content is not None:
                    _write(os.path.join(layer, name), content)
            if os.path.isdir(layer):
                yield layer
            yield folder

    def _has(self, folder: str, name: str) -> bool:
        is_gone = self._changes[folder].get(name, b"") is None
        return not is_gone and os.path.isfile(os.path.join(folder, name))


def _below(root: str, folder: str, changes: Changes) -> Iterator[tuple[str, bytes | None]]:
    """Yield the changed files below a folder, by their names relative to it."""
    place = inside(root, folder) if changes else None
    for path, content in changes.items() if place is not None else ():
        name = posixpath.relpath(path, place)
        if not name.startswith("../"):
            yield name, content


def _write(path: str, content: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
