"""The imports of a file: which are there, which are missing, and where a new one goes."""

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import NamedTuple

import libcst as cst

from .import_statement import Alias, Key, Statement, read_import
from .python_file import PythonFile
from .scope import bound, used
from .splice import Edit

Pairs = Set[tuple[str, Alias]]
"""Modules, and what is imported from them."""


class Line(NamedTuple):
    """A top-level line that imports, with its first import."""

    node: cst.SimpleStatementLine
    statement: Statement
    project_lock: bool
    """Whether nothing else stands in the line, not even a comment."""

    def is_of(self, generated: Pairs) -> bool:
        """Whether it has only what was generated, so that it is no person's."""
        return self.project_lock and self.statement.pairs <= generated


def import_lines(file: PythonFile) -> Iterator[Line]:
    """The top-level import lines of a file, in order."""
    for node in file.module.body:
        if isinstance(node, cst.SimpleStatementLine):
            found = [statement for part in node.body if (statement := read_import(part)) is not None]
            if found:
                start, end = file.block(node)
                project_lock = len(node.body) == 1 and not set("#;\\") & set(file.source.text[start:end])
                yield Line(node, found[0], project_lock)


def generated_pairs(path: str, *rendered: PythonFile | None) -> Pairs:
    """All that generated files import, as a file at ``path``, maybe in a folder below, has to write it."""
    return {pair for file in rendered if file for one in _statements(file, path) for pair in one.pairs}


def _statements(rendered: PythonFile, path: str) -> Iterator[Statement]:
    deeper = path.count("/") - rendered.path.count("/")
    return (line.statement.deeper(deeper) for line in import_lines(rendered))


def missing(file: PythonFile, rendered: PythonFile, needing: Iterable[cst.CSTNode]) -> list[Statement]:
    """The imports of a rendered file that nodes taken from it need and that a file lacks."""
    names = bound(file.module.body)
    there = names.names | (names.typing_only if _is_postponed(file) else set())
    needed = used(needing) - there
    found = (statement.only(needed) for statement in _statements(rendered, file.path))
    return [statement for statement in found if statement.aliases]


def added(
    file: PythonFile,
    statements: Iterable[Statement],
    generated: Pairs,
    package: str,
    limit: int | None,
) -> list[Edit]:
    """Edits that add imports where isort would have them, above ``limit``, below docstring and ``__future__``.

    A line that has only what is ``generated`` grows; one that a person wrote does not, and gets
    another beside it. A new section gets an empty line around it.
    """
    end = len(file.source.text) + 1 if limit is None else limit
    there = [line for line in import_lines(file) if file.start(line.node) < end]
    edits: list[Edit] = []
    groups: dict[_Place, list[str]] = {}
    for statement in sorted(statements, key=lambda one: one.key(package)):
        growing = next((line for line in there if _grows(line, statement, generated)), None)
        if growing is not None:
            text = growing.statement.joined(statement).text
            edits.append(Edit(file.start(growing.node), file.end(growing.node), text))
        else:
            groups.setdefault(_place(file, statement.key(package), there, package), []).append(statement.text)
    for place, texts in groups.items():
        lines = [*([""] if place.above else []), *"\n".join(texts).split("\n"), *([""] if place.below else [])]
        edits.append(file.source.inserted(place.at, lines))
    return edits


def _grows(line: Line, statement: Statement, generated: Pairs) -> bool:
    renames = any(alias.name != alias.local for alias in (*line.statement.aliases, *statement.aliases))
    same = line.statement.module == statement.module != ""
    return same and not renames and line.is_of(generated)


class _Place(NamedTuple):
    """Where a section's lines go, and whether there is an empty one above and below them."""

    at: int
    section: int
    above: bool = False
    below: bool = False


def _place(file: PythonFile, key: Key, there: Sequence[Line], package: str) -> _Place:
    section = key[0]
    keys = [(line.statement.key(package), line.node) for line in there]
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
    """Below the docstring, else above the first statement."""
    if not file.module.body:
        return _Place(len(file.source.text), section)
    first = file.module.body[0]
    if file.module.get_docstring() is not None and isinstance(first, cst.SimpleStatementLine):
        return _Place(file.block(first)[1], section, above=True)
    if isinstance(first, (cst.FunctionDef, cst.ClassDef)):
        return _Place(file.block(first)[0], section, below=True)
    return _Place(file.source.line_start(file.start(first)), section, below=True)


def _is_postponed(file: PythonFile) -> bool:
    """Whether annotations are never evaluated."""
    return any(
        line.statement.module == "__future__" and "annotations" in line.statement.locals for line in import_lines(file)
    )
