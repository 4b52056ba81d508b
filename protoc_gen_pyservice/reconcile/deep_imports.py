"""The user's imports from below the runtime's public faces.

They work while the runtime is a folder of the project; as a distribution it has only the faces.
"""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import OptionError
from ..inputs.lock import Lock
from ..inputs.options import PACKAGE
from ..inputs.tree import Tree
from ..manifest import FACES, RUNTIME, TESTING

_MAX_LISTED_COUNT = 5
"""Imports that the message names; the others are counted."""


class DeepImport(NamedTuple):
    """One import, and its place."""

    path: str
    line: int
    module: str


def check_switch(runtime: str, package: str, lock: Lock | None, tree: Tree) -> None:
    """Raise OptionError if the runtime becomes a distribution while code imports from below its faces."""
    marker = f"{RUNTIME.format(package=package)}/core/__init__.py"
    if runtime != PACKAGE or lock is None or marker not in lock.files:
        return
    imports = list(deep_imports(tree, package))
    if imports:
        places = "; ".join(f"{one.path}:{one.line} imports {one.module}" for one in imports[:_MAX_LISTED_COUNT])
        more = f"; and {len(imports) - _MAX_LISTED_COUNT} more" if len(imports) > _MAX_LISTED_COUNT else ""
        raise OptionError(
            f"runtime=package is not possible yet: {places}{more}. Import from its public faces, "
            f"{', '.join(f'runtime.{face}' for face in FACES)}, or stay with runtime=vendored."
        )


def deep_imports(tree: Tree, package: str) -> Iterator[DeepImport]:
    """Yield every import of a module below the runtime's faces, in the order of the files."""
    code = f"src/{package}"
    generated = (f"{code}/gen/", f"{code}/runtime/", "tests/gen/", f"{TESTING}/")
    for path in (*tree.files(code), *tree.files("tests"), *tree.files("load")):
        if path.endswith(".py") and not path.startswith(generated):
            yield from _of_file(path, tree.read(path) or b"", package)


def _of_file(path: str, text: bytes, package: str) -> Iterator[DeepImport]:
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(module):
        for name in _imported(node, path):
            if _is_deep(name, f"{package}.runtime."):
                yield DeepImport(path, getattr(node, "lineno", 0), name)


def _imported(node: ast.AST, path: str) -> Iterator[str]:
    """Yield the absolute names of the modules that a statement may import."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield _absolute(node, path)


def _absolute(node: ast.ImportFrom, path: str) -> str:
    if not node.level:
        return node.module or ""
    folders = path.removeprefix("src/").split("/")[: -node.level]
    return ".".join([*folders, *filter(None, [node.module])])


def _is_deep(name: str, runtime: str) -> bool:
    return name.startswith(runtime) and name.removeprefix(runtime) not in FACES
