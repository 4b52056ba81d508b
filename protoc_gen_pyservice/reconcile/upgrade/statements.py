"""A module or a class, taken apart: its statements with the comments above them, by what they bind."""

from collections.abc import Sequence
from typing import NamedTuple

import libcst as cst

from ..handlers.python_file import PythonFile

DOCSTRING = "__doc__"
IMPORT = "import"
IMPORTS = (IMPORT,)
"""Stands for all imports of a file, where places in it are named."""


class Block(NamedTuple):
    """Whole lines: a statement, what is said about it below, and comments above."""

    key: str
    """What it binds; `DOCSTRING`, `IMPORT`, or its own text for one that binds nothing."""
    node: cst.CSTNode
    start: int
    """Where the comments above it start."""
    end: int
    text: str
    gap: str = ""
    """The empty lines above."""

    @property
    def is_value(self) -> bool:
        """Whether it gives a name a value: a field, a constant."""
        return key_of_value(self.node) is not None


def blocks(file: PythonFile, body: cst.Module | cst.BaseSuite, start: int = 0) -> list[Block]:
    """The statements of a module or a class, in order; ``start`` is where the text of the body starts."""
    found: list[Block] = []
    times: dict[str, int] = {}
    done = start
    for node in body.body:
        if not isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            continue
        end = file.source.statement_end(file.end(node))
        if found and _is_text(node) and found[-1].is_value:
            last = found.pop()
            found.append(last._replace(end=end, text=file.source.text[last.start : end]))
        else:
            first = _first_line(file, done)
            is_docstring = not found and _is_text(node)
            key = DOCSTRING if is_docstring else _key(node) or file.source.text[first:end]
            times[key] = times.get(key, 0) + 1
            named = key if times[key] == 1 or key == IMPORT else f"{key} {times[key]}"
            found.append(Block(named, node, first, end, file.source.text[first:end], file.source.text[done:first]))
        done = end
    return found


def members(file: PythonFile, node: cst.ClassDef) -> list[Block]:
    """The statements of a class."""
    if not node.body.body or not isinstance(node.body, cst.IndentedBlock):
        return []
    header = file.source.line_end(file.start(node.body.body[0]) - 1)
    first = file.source.line_start(file.start(node.body.body[0]))
    return blocks(file, node.body, min(_above(file, node, first), header))


def _above(file: PythonFile, node: cst.ClassDef, first: int) -> int:
    """Where the lines above the first statement of a class start that belong to its body."""
    text = file.source.text
    while first > file.start(node):
        line = file.source.line_start(first - 1)
        if text[line:first].strip() and not text[line:first].lstrip().startswith("#"):
            break
        first = line
    return first


def _first_line(file: PythonFile, done: int) -> int:
    """Where the first line with something in it starts, from a line start on."""
    text = file.source.text
    while done < len(text):
        end = file.source.line_end(done)
        if text[done:end].strip():
            return done
        done = end
    return done


def _is_text(node: cst.CSTNode) -> bool:
    """Whether a statement is a string and nothing else."""
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
    """The name that a statement gives a value; None for one that is none such."""
    if not isinstance(node, cst.SimpleStatementLine) or len(node.body) != 1:
        return None
    (part,) = node.body
    if isinstance(part, cst.AnnAssign) and isinstance(part.target, cst.Name):
        return part.target.value
    if isinstance(part, cst.Assign) and len(part.targets) == 1 and isinstance(part.targets[0].target, cst.Name):
        return part.targets[0].target.value
    return None


def keyed(found: Sequence[Block]) -> dict[str, Block]:
    """The statements by what they bind, without imports."""
    return {block.key: block for block in found if block.key != IMPORT}
