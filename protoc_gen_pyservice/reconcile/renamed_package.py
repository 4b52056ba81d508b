"""A package that is called otherwise than in the last run: its owner moves the folder, and the run goes on there."""

import re
from collections.abc import Iterator

from ..errors import OutputError
from ..inputs.lock import PRISTINE, Lock
from ..inputs.tree import Tree


class Renamed:
    """A project whose folder was moved, while what was last generated is still kept under its old name."""

    def __init__(self, below: Tree, old: str, new: str) -> None:
        self._below = below
        self._old, self._new = PRISTINE + old, PRISTINE + new

    def read(self, path: str) -> bytes | None:
        content = self._below.read(path)
        if content is None and path.startswith(self._new):
            return self._below.read(self._old + path.removeprefix(self._new))
        return content

    def check(self, path: str) -> None:
        self._below.check(path)

    def files(self, folder: str) -> list[str]:
        return self._below.files(folder)


def follow(tree: Tree, lock: Lock, package: str) -> tuple[Tree, Lock]:
    """The project and its record as if it had always had this package.

    Raises OutputError where the code still stands under the old name: beside a new, empty package it
    would not be served any more, and nobody would be told.
    """
    if lock.package in (None, package):
        return tree, lock
    old, new = f"src/{lock.package}/", f"src/{package}/"
    if tree.files(old.rstrip("/")):
        raise OutputError(
            f"the package of this project is {lock.package}, and now {package} is asked for: run "
            f"`git mv src/{lock.package} src/{package}`, write {package} in your own imports, and generate again."
        )

    def moved(path: str) -> str:
        return new + path.removeprefix(old) if path.startswith(old) else path

    return Renamed(tree, old, new), lock._replace(
        conflicts=tuple(map(moved, lock.conflicts)),
        stale=tuple(map(moved, lock.stale)),
        files={moved(path): entry for path, entry in lock.files.items()},
    )


def renamed_pristine(tree: Tree, old: str, new: str) -> Iterator[tuple[str, str, bytes]]:
    """What was last generated for the package: where it is kept, where it belongs, and its text."""
    folder = f"{PRISTINE}src/{old}"
    for path in tree.files(folder):
        yield path, f"{PRISTINE}src/{new}{path.removeprefix(folder)}", tree.read(path) or b""


def old_imports(tree: Tree, old: str, new: str) -> Iterator[str]:
    """Where files that are not generated, or were edited, still import the package by its old name."""
    pattern = re.compile(rf"[ \t]*(?:from|import) {old}\b".encode())
    for path in (*tree.files(f"src/{new}"), *tree.files("tests")):
        if not path.endswith(".py") or path.startswith((f"src/{new}/gen/", "tests/gen/")):
            continue
        for number, line in enumerate((tree.read(path) or b"").splitlines(), 1):
            if pattern.match(line):
                yield f"{path}:{number}: imports {old}, which is called {new}"
