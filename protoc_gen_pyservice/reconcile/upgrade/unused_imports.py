"""Imports that are dropped because a builtin has taken the place of what they bind."""

from collections.abc import Iterator, Set

import libcst as cst

from ..handlers.import_statement import Alias, Statement, read_import
from ..handlers.python_file import PythonFile
from ..handlers.splice import Edit
from .import_groups import COMMENT, ImportLine, import_text
from .index import Index
from .references import ImportNode

_Line = tuple[cst.Module | cst.IndentedBlock, cst.SimpleStatementLine]


def without_imports(file: PythonFile, unused: Set[tuple[str, Alias]]) -> PythonFile:
    """Return a file without imports: module, as the file writes it, and name. Comments on them stay."""
    if not unused:
        return file
    index = Index(file.module)
    lines = {part: (body, line) for body in index.bodies for line in body.body for part in _parts(line)}
    return file.edited(
        edit for node in index.imports for edit in _edits(file, node, lines.get(node), unused)  # type: ignore[arg-type]
    )


def _parts(line: cst.CSTNode) -> Iterator[cst.BaseSmallStatement]:
    if isinstance(line, cst.SimpleStatementLine):
        yield from line.body


def _edits(file: PythonFile, node: ImportNode, place: _Line | None, unused: Set[tuple[str, Alias]]) -> Iterator[Edit]:
    statement = read_import(node)
    assert statement is not None
    rest = tuple(alias for alias in statement.aliases if (statement.module, alias) not in unused)
    if len(rest) == len(statement.aliases):
        return
    left = (Statement(statement.module, rest),) if rest else ()
    if place is None or len(place[1].body) > 1:
        yield Edit(file.start(node), file.end(node), left[0].text if left else "pass")
    elif left or len(place[0].body) > 1 or isinstance(place[0], cst.Module):
        yield _line_edit(file, place[1], left)
    else:
        yield Edit(file.start(node), file.end(node), "pass")


def _line_edit(file: PythonFile, line: cst.SimpleStatementLine, left: tuple[Statement, ...]) -> Edit:
    """The edit of a line that has one import, of which this is left; without any, its empty line goes too."""
    source = file.source
    start, end = file.block(line)
    comments = tuple(COMMENT.findall(source.text[start:end]))
    if left:
        texts = import_text(ImportLine(left, comments)).split("\n")
    elif comments:
        texts = list(comments)
    else:
        above = source.text[source.line_start(start - 1) : start].strip() if start else ""
        below = source.line_end(end) if end < len(source.text) else end
        return Edit(start, end if above or source.text[end:below].strip() else below, "")
    margin = source.margin(start)
    return source.replaced(start, end, [f"{margin}{text}" for text in texts])
