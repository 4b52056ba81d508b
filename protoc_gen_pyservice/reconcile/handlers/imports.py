"""The imports of a file: existing, missing, and the place of a new one."""

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import NamedTuple

import libcst as cst

from .import_statement import Alias, Key, Statement, read_import
from .python_file import PythonFile
from .scope import bound, used
from .splice import Edit

Pairs = Set[tuple[str, Alias]]
"""Modules, and the names imported from them."""


class Line(NamedTuple):
    """A top-level line that imports, with its first import."""

    node: cst.SimpleStatementLine
    statement: Statement
    is_only_statement: bool
    """Whether the line has nothing else, not even a comment."""

    def is_of(self, generated: Pairs) -> bool:
        """Return whether it has only generated imports, so that the user did not edit it."""
        return self.is_only_statement and self.statement.pairs <= generated


def import_lines(file: PythonFile) -> Iterator[Line]:
    """Yield the top-level import lines of a file, in order."""
    for node in file.module.body:
        if isinstance(node, cst.SimpleStatementLine):
            statements = [statement for part in node.body if (statement := read_import(part)) is not None]
            if statements:
                start, end = file.block(node)
                is_only_statement = len(node.body) == 1 and not set("#;\\") & set(file.source.text[start:end])
                yield Line(node, statements[0], is_only_statement)


def generated_pairs(path: str, *rendered: PythonFile | None) -> Pairs:
    """Return all imports of generated files, as a file at ``path``, maybe further down, has to write them."""
    return {pair for file in rendered if file for one in _statements(file, path) for pair in one.pairs}


def _statements(rendered: PythonFile, path: str) -> Iterator[Statement]:
    deeper = path.count("/") - rendered.path.count("/")
    return (line.statement.deeper(deeper) for line in import_lines(rendered))


def missing(file: PythonFile, rendered: Iterable[PythonFile], needing: Iterable[cst.CSTNode]) -> list[Statement]:
    """Return the imports of rendered files that their nodes need and that a file lacks."""
    names = bound(file.module.body)
    existing = names.names | (names.typing_only if _is_postponed(file) else set())
    needed = used(needing) - existing
    statements: list[Statement] = []
    for one in rendered:
        known = {pair for statement in statements for pair in statement.pairs}
        for statement in _statements(one, file.path):
            aliases = (a for a in statement.only(needed).aliases if (statement.module, a) not in known)
            statements.append(Statement(statement.module, tuple(aliases)))
    return _united(statement for statement in statements if statement.aliases)


def _united(statements: Iterable[Statement]) -> list[Statement]:
    """Return the statements, with one for all names of a module that are imported as they are."""
    united: list[Statement] = []
    plain: dict[str, int] = {}
    for statement in statements:
        index = plain.get(statement.module)
        if _renames(statement) or not statement.module:
            united.append(statement)
        elif index is None:
            plain[statement.module] = len(united)
            united.append(statement)
        else:
            united[index] = united[index].joined(statement)
    return united


def added(
    file: PythonFile,
    statements: Iterable[Statement],
    generated: Pairs,
    package: str,
    limit: int | None,
) -> list[Edit]:
    """Return edits that add imports in isort's order, above ``limit``, below docstring and ``__future__``.

    A line with only ``generated`` imports is extended; beside one that the user wrote, a new line is
    added. A new section gets an empty line around it.
    """
    end = len(file.source.text) + 1 if limit is None else limit
    existing = [line for line in import_lines(file) if file.start(line.node) < end]
    edits: list[Edit] = []
    groups: dict[_Place, list[str]] = {}
    for statement in sorted(statements, key=lambda one: one.key(package)):
        growing = next((line for line in existing if _grows(line, statement, generated)), None)
        if growing is not None:
            text = growing.statement.joined(statement).text
            edits.append(Edit(file.start(growing.node), file.end(growing.node), text))
        else:
            groups.setdefault(_place(file, statement.key(package), existing, package), []).append(statement.text)
    for place, texts in groups.items():
        lines = [*([""] if place.above else []), *"\n".join(texts).split("\n"), *([""] if place.below else [])]
        edits.append(file.source.inserted(place.at, lines))
    return edits


def _grows(line: Line, statement: Statement, generated: Pairs) -> bool:
    renames = _renames(line.statement) or _renames(statement)
    same = line.statement.module == statement.module != ""
    return same and not renames and line.is_of(generated)


def _renames(statement: Statement) -> bool:
    return any(alias.name != alias.local for alias in statement.aliases)


class _Place(NamedTuple):
    """The place of a section's lines, and whether it has an empty line above and below."""

    at: int
    section: int
    above: bool = False
    below: bool = False


def _place(file: PythonFile, key: Key, existing: Sequence[Line], package: str) -> _Place:
    section = key[0]
    keys = [(line.statement.key(package), line.node) for line in existing]
    same = [(other, node) for other, node in keys if other[0] == section]
    smaller = [node for other, node in same if other <= key]
    lower = [node for other, node in keys if other[0] < section]
    if smaller:
        return _Place(file.block(smaller[-1])[1], section)
    if same:
        return _Place(file.block(same[0][1])[0], section)
    if lower:
        return _Place(file.block(lower[-1])[1], section, above=True)
    if keys:
        return _Place(file.block(keys[0][1])[0], section, below=True)
    return _without_imports(file, section)


def _without_imports(file: PythonFile, section: int) -> _Place:
    """Return the place below the docstring, else above the first statement."""
    if not file.module.body:
        return _Place(len(file.source.text), section)
    first = file.module.body[0]
    if file.module.get_docstring() is not None and isinstance(first, cst.SimpleStatementLine):
        return _Place(file.block(first)[1], section, above=True)
    if isinstance(first, (cst.FunctionDef, cst.ClassDef)):
        return _Place(file.block(first)[0], section, below=True)
    return _Place(file.source.line_start(file.start(first)), section, below=True)


def _is_postponed(file: PythonFile) -> bool:
    """Return whether annotations are never evaluated."""
    return any(
        line.statement.module == "__future__" and "annotations" in line.statement.locals for line in import_lines(file)
    )
