"""The statements of a module or a class, with the comments above them, by the name that they bind."""

from collections.abc import Sequence
from typing import NamedTuple

import libcst as cst

from ..handlers.python_file import PythonFile

DOCSTRING = "__doc__"
IMPORT = "import"
IMPORTS = (IMPORT,)
"""The place of all imports of a file."""


class Block(NamedTuple):
    """Whole lines: a statement with the comments above it, and the docstring of a value below it."""

    key: str
    """The name that it binds; else `DOCSTRING`, `IMPORT`, or its own text."""
    node: cst.CSTNode
    start: int
    """The offset of the comments above it."""
    end: int
    text: str
    gap: str = ""
    """The blank lines above."""

    @property
    def is_value(self) -> bool:
        """Return whether the statement assigns a value to a name, as fields and constants do."""
        return key_of_value(self.node) is not None


def blocks(file: PythonFile, body: cst.Module | cst.BaseSuite, start: int = 0) -> list[Block]:
    """Return the statements of a module or a class, in order; ``start`` is the offset of the body's text."""
    statements: list[Block] = []
    times: dict[str, int] = {}
    done = start
    for node in body.body:
        if not isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            continue
        end = file.source.statement_end(file.end(node))
        if statements and _is_text(node) and statements[-1].is_value:
            last = statements.pop()
            statements.append(last._replace(end=end, text=file.source.text[last.start : end]))
        else:
            first = _first_line(file, done)
            is_docstring = not statements and _is_text(node)
            key = DOCSTRING if is_docstring else _key(node) or file.source.text[first:end]
            times[key] = times.get(key, 0) + 1
            named = key if times[key] == 1 or key == IMPORT else f"{key} {times[key]}"
            gap = file.source.text[done:first]
            statements.append(Block(named, node, first, end, file.source.text[first:end], gap))
        done = end
    return statements


def members(file: PythonFile, node: cst.ClassDef) -> list[Block]:
    """Return the statements of a class."""
    if not node.body.body or not isinstance(node.body, cst.IndentedBlock):
        return []
    header = file.source.line_end(file.start(node.body.body[0]) - 1)
    first = file.source.line_start(file.start(node.body.body[0]))
    return blocks(file, node.body, min(_body_start(file, node, first), header))


def _body_start(file: PythonFile, node: cst.ClassDef, first: int) -> int:
    """Return the offset of the comments and blank lines above the first statement of a class."""
    text = file.source.text
    while first > file.start(node):
        line = file.source.line_start(first - 1)
        if text[line:first].strip() and not text[line:first].lstrip().startswith("#"):
            break
        first = line
    return first


def _first_line(file: PythonFile, done: int) -> int:
    """Return the offset of the first line that is not blank, at or after the start of a line."""
    text = file.source.text
    while done < len(text):
        end = file.source.line_end(done)
        if text[done:end].strip():
            return done
        done = end
    return done


def _is_text(node: cst.CSTNode) -> bool:
    """Return whether a statement is only a string."""
    if not isinstance(node, cst.SimpleStatementLine) or len(node.body) != 1 or not isinstance(node.body[0], cst.Expr):
        return False
    return isinstance(node.body[0].value, cst.SimpleString | cst.ConcatenatedString)


def _key(node: cst.CSTNode) -> str | None:
    if isinstance(node, cst.FunctionDef | cst.ClassDef):
        return node.name.value
    if isinstance(node, cst.SimpleStatementLine) and all(isinstance(p, cst.Import | cst.ImportFrom) for p in node.body):
        return IMPORT
    return key_of_value(node)


def key_of_value(node: cst.CSTNode) -> str | None:
    """Return the name that a statement assigns a value to; None for other statements."""
    if not isinstance(node, cst.SimpleStatementLine) or len(node.body) != 1:
        return None
    (part,) = node.body
    if isinstance(part, cst.AnnAssign) and isinstance(part.target, cst.Name):
        return part.target.value
    if isinstance(part, cst.Assign) and len(part.targets) == 1 and isinstance(part.targets[0].target, cst.Name):
        return part.targets[0].target.value
    return None


def by_key(statements: Sequence[Block]) -> dict[str, Block]:
    """Return the statements by their keys, without imports."""
    return {block.key: block for block in statements if block.key != IMPORT}
