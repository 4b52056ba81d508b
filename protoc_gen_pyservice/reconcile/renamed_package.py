"""A renamed package: the user moves the folder, and the run continues there."""

import re
from collections.abc import Iterator

from ..errors import OutputError
from ..inputs.lock import Lock
from ..inputs.tree import Tree


def follow(tree: Tree, lock: Lock, package: str) -> Lock:
    """Return the lock as if the project had always had this package.

    Raises OutputError if the code still has the old name: beside a new, empty package it would silently
    no longer be served.
    """
    if lock.package in (None, package):
        return lock
    old, new = f"src/{lock.package}/", f"src/{package}/"
    if tree.files(old.rstrip("/")):
        raise OutputError(
            f"the package of this project is {lock.package}, and the new one is {package}: run "
            f"`git mv src/{lock.package} src/{package}`, write {package} in your own imports, and generate again."
        )

    def moved(path: str) -> str:
        return new + path.removeprefix(old) if path.startswith(old) else path

    return lock._replace(
        conflicts=tuple(map(moved, lock.conflicts)),
        stale=tuple(map(moved, lock.stale)),
        files={moved(path): entry for path, entry in lock.files.items()},
    )


def old_imports(tree: Tree, old: str, new: str) -> Iterator[str]:
    """Yield the places where the user's or edited files still import the package by its old name."""
    pattern = re.compile(rf"[ \t]*(?:from|import) {old}\b".encode())
    for path in (*tree.files(f"src/{new}"), *tree.files("tests")):
        if not path.endswith(".py") or path.startswith((f"src/{new}/gen/", "tests/gen/")):
            continue
        for number, line in enumerate((tree.read(path) or b"").splitlines(), 1):
            if pattern.match(line):
                yield f"{path}:{number}: imports {old}, which is {new} now"
