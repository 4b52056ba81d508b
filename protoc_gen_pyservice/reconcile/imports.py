"""Import statements: which names they bind, what they are called from another folder, and where a new one goes."""

import re
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import libcst as cst

from .python_file import PythonFile
from .scope import bound, used
from .splice import Edit

_FUTURE, _STANDARD, _OTHERS, _OWN, _RELATIVE = range(5)
"""The sections of an import block, in isort's order."""

_Key = tuple[int, bool, int, list[tuple[bool, int, str]]]


class Imported(NamedTuple):
    """``from <module> import <name>``, which binds ``local``; ``import <name>`` has no module."""

    module: str
    name: str
    local: str


def imported(statement: cst.SimpleStatementLine) -> Imported | None:
    """What a statement that imports one thing imports; None for one that does anything else."""
    if len(statement.body) != 1:
        return None
    node = statement.body[0]
    if not isinstance(node, (cst.Import, cst.ImportFrom)) or isinstance(node.names, cst.ImportStar):
        return None
    if len(node.names) != 1:
        return None
    alias = node.names[0]
    name = alias.evaluated_name
    module = _module(node) if isinstance(node, cst.ImportFrom) else ""
    return Imported(module, name, alias.evaluated_alias or name.partition(".")[0])


def statements(file: PythonFile) -> dict[str, str]:
    """The top-level imports of a generated file, by the name that each binds."""
    return {one.local: file.code(line.body[0]) for line in file.imports() if (one := imported(line))}


def seen_from(statement: str, path: str, home: str) -> str:
    """The relative import of a file at ``home`` as a file further down, at ``path``, has to write it."""
    deeper = path.count("/") - home.count("/")
    return f"from {'.' * deeper}{statement[5:]}" if statement.startswith("from .") else statement


def missing(file: PythonFile, rendered: PythonFile, needing: Iterable[cst.CSTNode]) -> list[str]:
    """The imports of a rendered file that nodes taken from it need and that a file lacks."""
    names = bound(file.module.body)
    there = names.names | (names.typing_only if _postponed(file) else set())
    needed = used(needing) - there
    return [
        seen_from(text, file.path, rendered.path)
        for name, text in statements(rendered).items()
        if name in needed and not text.startswith("from __future__")
    ]


def placed(file: PythonFile, lines: Sequence[str], package: str, before: int | None = None) -> list[Edit]:
    """Edits that add import statements where isort would have them; ``before`` is where they have to end.

    A new section gets an empty line around it. Nothing goes above a docstring or ``__future__``.
    """
    limit = len(file.source.text) + 1 if before is None else before
    there = [(_key(line, package), line) for line in file.imports() if file.start(line) < limit]
    wanted = sorted((_key(cst.parse_statement(text), package), text) for text in dict.fromkeys(lines))
    groups: dict[tuple[int, bool, bool, int], list[str]] = {}
    for key, text in wanted:
        at, above, below = _place(file, key, there)
        groups.setdefault((at, above, below, key[0]), []).extend(text.split("\n"))
    return [
        file.source.inserted(at, [*([""] if above else []), *texts, *([""] if below else [])])
        for (at, above, below, _), texts in groups.items()
    ]


def _place(
    file: PythonFile, key: _Key, there: Sequence[tuple[_Key, cst.SimpleStatementLine]]
) -> tuple[int, bool, bool]:
    """Where a line goes, and whether there is an empty one above and below it."""
    same = [(k, line) for k, line in there if k[0] == key[0]]
    smaller = [line for k, line in same if k <= key]
    if smaller:
        return file.block(smaller[-1])[1], False, False
    if same:
        return file.block(same[0][1])[0], False, False
    lower = [line for k, line in there if k[0] < key[0]]
    if lower:
        return file.block(lower[-1])[1], True, False
    if there:
        return file.block(there[0][1])[0], False, True
    return _below_docstring(file)


def _below_docstring(file: PythonFile) -> tuple[int, bool, bool]:
    if not file.module.body:
        return len(file.source.text), False, False
    first = file.module.body[0]
    if isinstance(first, cst.SimpleStatementLine):
        at = file.block(first)[1 if file.module.get_docstring() is not None else 0]
        return at, file.module.get_docstring() is not None, file.module.get_docstring() is None
    at = file.block(first)[0] if isinstance(first, (cst.FunctionDef, cst.ClassDef)) else file.start(first)
    return file.source.line_start(at), False, True


def _key(line: cst.BaseStatement | cst.BaseCompoundStatement, package: str) -> _Key:
    """isort's order: by section; whole modules first; relative ones from far to near; numbers by value."""
    assert isinstance(line, cst.SimpleStatementLine)
    node = next(part for part in line.body if isinstance(part, (cst.Import, cst.ImportFrom)))
    if isinstance(node, cst.ImportFrom):
        module = _module(node)
        names = [] if isinstance(node.names, cst.ImportStar) else [alias.evaluated_name for alias in node.names]
    else:
        module, names = node.names[0].evaluated_name, []
    dots = len(module) - len(module.lstrip("."))
    text = " ".join((module.lstrip("."), *names))
    return _section(module, package), isinstance(node, cst.ImportFrom), -dots, _natural(text)


def _section(module: str, package: str) -> int:
    root = module.partition(".")[0]
    if not root:
        return _RELATIVE
    if root == "__future__":
        return _FUTURE
    if root in sys.stdlib_module_names:
        return _STANDARD
    return _OWN if root == package else _OTHERS


def _natural(text: str) -> list[tuple[bool, int, str]]:
    parts = [part for part in re.split(r"(\d+)", text) if part]
    return [(False, int(part), "") if part.isdigit() else (True, 0, part.lower()) for part in parts]


def _module(node: cst.ImportFrom) -> str:
    """The module as written, dots included."""
    name = cst.Module([]).code_for_node(node.module) if node.module is not None else ""
    return "." * len(node.relative) + re.sub(r"\s", "", name)


def _postponed(file: PythonFile) -> bool:
    """Whether annotations are never evaluated."""
    return any(
        one.module == "__future__" and one.name == "annotations" for line in file.imports() if (one := imported(line))
    )
