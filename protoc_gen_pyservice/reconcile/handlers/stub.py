"""A generated method, and whether the user has edited it."""

from collections.abc import Sequence
from typing import NamedTuple

import libcst as cst

from .handler_class import class_in
from .python_file import PythonFile, parse
from .scope import bound
from .splice import Edit

_LEVEL = "    "


class Parts(NamedTuple):
    """The lines of a method: its header, its docstring, and its body."""

    header: list[str]
    docstring: list[str]
    body: list[str]

    @property
    def all(self) -> list[str]:
        """Every line, in order."""
        return [*self.header, *self.docstring, *self.body]


class Stub(NamedTuple):
    """One definition in one file, and the starts of its parts; the last position is its end."""

    file: PythonFile
    node: cst.FunctionDef
    marks: tuple[int, int, int, int]

    @classmethod
    def of(cls, file: PythonFile, node: cst.FunctionDef) -> "Stub":
        """Return the stub of a definition; one that is written in one line is all header."""
        start, end = file.block(node)
        if not isinstance(node.body, cst.IndentedBlock):
            return cls(file, node, (start, end, end, end))
        opened = file.source.statement_end(file.start(node.body.header))
        first = node.body.body[0]
        documented = isinstance(first, cst.SimpleStatementLine) and _is_docstring(first)
        return cls(
            file, node, (start, opened, file.source.statement_end(file.end(first)) if documented else opened, end)
        )

    @property
    def parts(self) -> Parts:
        """Return its lines."""
        a, b, c, d = self.marks
        return Parts(self.file.lines(a, b), self.file.lines(b, c), self.file.lines(c, d))

    def is_like(self, generated: "Stub") -> bool:
        """Return whether it is as generated, apart from indentation, line ends and docstring."""
        mine, other = self.parts, generated.parts
        return _bare(mine.header) == _bare(other.header) and _bare(mine.body) == _bare(other.body)

    def become(self, before: "Stub", now: "Stub", unit: str) -> list[Edit]:
        """Return edits that turn it into another stub; an edited docstring stays."""
        margin = self.file.source.margin(self.file.start(self.node))
        mine, other = self.parts, before.parts
        edits = []
        for index, new in enumerate(now.parts):
            if index == 1 and _bare(mine.docstring) != _bare(other.docstring):
                continue
            lines = indented(new, margin, unit)
            if lines != mine[index]:
                edits.append(self.file.source.replaced(self.marks[index], self.marks[index + 1], lines))
        return edits


def generated_stubs(file: PythonFile, servicer: str) -> dict[str, Stub]:
    """Return the methods of the one handler class in a generated file, by name."""
    node = class_in(file, servicer)
    functions = bound([node.body]).functions if node is not None else {}
    return {name: Stub.of(file, nodes[-1]) for name, nodes in functions.items()}


def stubs_to_paste(handler: str, servicer: str, attributes: Sequence[str]) -> str:
    """Return generated methods as text, an empty line between them."""
    stubs = generated_stubs(parse("", handler.encode()), servicer)
    return "\n\n".join("\n".join(stubs[attribute].parts.all) for attribute in attributes)


def indented(lines: Sequence[str], margin: str, unit: str) -> list[str]:
    """Return the lines of a generated method with another indentation.

    Lines deeper than the method's body are text or inside brackets: their further blanks stay.
    """
    return [_indented(line, margin, unit) if line.strip() else "" for line in lines]


def _indented(line: str, margin: str, unit: str) -> str:
    if line.startswith(2 * _LEVEL):
        return f"{margin}{unit}{line[2 * len(_LEVEL):]}"
    return margin + line.removeprefix(_LEVEL)


def _bare(lines: Sequence[str]) -> list[str]:
    return [line.strip() for line in lines]


def _is_docstring(statement: cst.SimpleStatementLine) -> bool:
    return (
        len(statement.body) == 1
        and isinstance(statement.body[0], cst.Expr)
        and isinstance(statement.body[0].value, (cst.SimpleString, cst.ConcatenatedString))
    )
