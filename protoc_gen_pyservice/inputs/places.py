"""Resolve paths of a project on disk, safely.

A project may be untrusted: a path in its record, or a link. Nothing outside the project and nothing
below ``.git`` is read or written, and ``.pyservice/`` has no links.
"""

import os
from collections.abc import Iterable

from ..errors import OutputError

RECORD = ".pyservice"
"""The folder with the record of the last run."""

_MAX_NAME_BYTES = 255
"""The length limit of a name on the usual file systems (ext4, APFS, NTFS)."""


class Places:
    """Resolves the paths of one project; links are followed as long as they stay inside it."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._folders: dict[str, str] = {}

    def real(self, path: str) -> str:
        """Return the path, relative to the project, without links. Raises OutputError if it is not allowed."""
        return self._real(path, path)

    def _real(self, path: str, requested: str) -> str:
        folder, _, name = path.rpartition("/")
        base = self._folder(folder, requested) if folder else ""
        inside = f"{base}/{name}" if base else name
        if os.path.islink(os.path.join(self._root, inside)):
            return self._followed(requested, inside)
        if name in _SPECIAL or name.lower() == ".git":
            raise OutputError(f"{requested} cannot be the path of a generated file; nothing was changed.")
        return inside

    def _folder(self, folder: str, requested: str) -> str:
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = self._real(folder, requested)
        return known

    def _followed(self, path: str, link: str) -> str:
        if path.partition("/")[0] == RECORD:
            raise OutputError(
                f"{path} is a link, or behind one, which {RECORD}/ must not have: delete it; nothing was changed."
            )
        target = os.path.realpath(os.path.join(self._root, link))
        inside = os.path.relpath(target, os.path.realpath(self._root)).replace(os.sep, "/")
        parts = inside.lower().split("/")
        if os.path.islink(target):
            raise OutputError(f"{path} is a link that leads to itself: replace the link; nothing was changed.")
        if parts[0] == os.pardir:
            raise OutputError(f"{path} leads out of the project through a link: replace the link; nothing was changed.")
        if ".git" in parts or parts[0] == RECORD:
            raise OutputError(
                f"{path} leads to {inside} through a link, where no file of yours may be: "
                "replace the link; nothing was changed."
            )
        return inside

    def check_record(self) -> None:
        """Raise OutputError if the record has links in it."""
        for folder, folders, files in os.walk(os.path.join(self._root, self.real(RECORD))):
            inside = os.path.relpath(folder, self._root).replace(os.sep, "/")
            for name in (*folders, *files):
                self.real(f"{inside}/{name}")


_SPECIAL = frozenset({"", os.curdir, os.pardir})


def is_inside(path: str) -> bool:
    """Return whether a path can name a generated file: relative, normal, printable, not below ``.git``."""
    parts = path.lower().split("/")
    return path.isprintable() and "\\" not in path and ".git" not in parts and _SPECIAL.isdisjoint(parts)


def check_names(paths: Iterable[str]) -> None:
    """Raise OutputError for paths that no file system accepts."""
    for path in paths:
        if not is_inside(path):
            raise OutputError(f"{path!r} cannot be the name of a generated file: rename the proto behind it.")
        longest = max(path.split("/"), key=lambda name: len(name.encode()))
        if len(longest.encode()) > _MAX_NAME_BYTES:
            raise OutputError(
                f"a generated file would be called {longest[:40]}... ({len(longest.encode())} bytes, and file systems "
                f"accept {_MAX_NAME_BYTES}): shorten the name of the service or proto behind it; nothing was changed."
            )
