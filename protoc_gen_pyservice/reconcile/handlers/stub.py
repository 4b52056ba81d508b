"""A method as it is generated, and whether a person has touched it."""

from collections.abc import Sequence
from typing import NamedTuple

import libcst as cst

from .handler_class import class_in
from .python_file import PythonFile, parse
from .scope import bound
from .splice import Edit

_LEVEL = "    "


class Parts(NamedTuple):
    """The lines of a method: up to its colon, its docstring, and what is below."""

    header: list[str]
    docstring: list[str]
    body: list[str]

    @property
    def all(self) -> list[str]:
        """Every line, in order."""
        return [*self.header, *self.docstring, *self.body]


class Stub(NamedTuple):
    """One definition in one file, and where its parts start; the last position is its end."""

    file: PythonFile
    node: cst.FunctionDef
    marks: tuple[int, int, int, int]

    @classmethod
    def of(cls, file: PythonFile, node: cst.FunctionDef) -> "Stub":
        """Find the parts of a definition; one that is written in one line is all header."""
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
        """Its lines."""
        a, b, c, d = self.marks
        return Parts(self.file.lines(a, b), self.file.lines(b, c), self.file.lines(c, d))

    def is_like(self, generated: "Stub") -> bool:
        """Whether it is what was generated, apart from indentation, line ends and docstring."""
        mine, theirs = self.parts, generated.parts
        return _bare(mine.header) == _bare(theirs.header) and _bare(mine.body) == _bare(theirs.body)

    def become(self, before: "Stub", now: "Stub", unit: str) -> list[Edit]:
        """Edits that make it another stub; a docstring that somebody edited stays."""
        margin = self.file.source.margin(self.file.start(self.node))
        mine, theirs = self.parts, before.parts
        edits = []
        for index, new in enumerate(now.parts):
            if index == 1 and _bare(mine.docstring) != _bare(theirs.docstring):
                continue
            lines = indented(new, margin, unit)
            if lines != mine[index]:
                edits.append(self.file.source.replaced(self.marks[index], self.marks[index + 1], lines))
        return edits


def generated_stubs(file: PythonFile, servicer: str) -> dict[str, Stub]:
    """The methods of the one handler class in a generated file, by name."""
    node = class_in(file, servicer)
    functions = bound([node.body]).functions if node is not None else {}
    return {name: Stub.of(file, nodes[-1]) for name, nodes in functions.items()}


def stubs_to_paste(handler: str, servicer: str, attributes: Sequence[str]) -> str:
    """Generated methods as text, an empty line between them."""
    stubs = generated_stubs(parse("", handler.encode()), servicer)
    return "\n\n".join("\n".join(stubs[attribute].parts.all) for attribute in attributes)


def indented(lines: Sequence[str], margin: str, unit: str) -> list[str]:
    """The lines of a generated method as a class has them whose body is indented otherwise.

    What is further in than the method's body is text or inside brackets: there, blanks stay as they are.
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
