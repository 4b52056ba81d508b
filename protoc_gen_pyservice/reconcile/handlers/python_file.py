"""A parsed Python file: its syntax tree has the positions, its text is edited."""

import ast
import re
import warnings
from collections.abc import Iterable, Mapping
from functools import cached_property

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from .splice import Edit, Source, UnreadableError, read_source

_TOO_DEEP = "it is nested too deeply"
_LONE_RETURN = re.compile(r"\r(?!\n)")
_LITERALS = ("(unicode error)", "(value error)", "bytes can only contain ASCII")
"""Python's errors for invalid strings. The parser does not inspect strings; for any other error that
only Python reports, this Python may be too old."""


class PythonFile:
    """A source and its tree; all positions are offsets into the text."""

    def __init__(self, source: Source, module: cst.Module) -> None:
        self.source = source
        self.module = module

    @property
    def path(self) -> str:
        """The path below the project root."""
        return self.source.path

    @property
    def content(self) -> bytes:
        """The content of the file on disk."""
        return self.source.apply(())

    def edited(self, edits: Iterable[Edit]) -> "PythonFile":
        """Return the file after edits. Raises UnreadableError if it would not be valid Python."""
        edits = tuple(edits)
        return parse(self.path, self.source.apply(edits)) if edits else self

    @cached_property
    def _ranges(self) -> Mapping[cst.CSTNode, CodeRange]:
        return MetadataWrapper(self.module, unsafe_skip_copy=True).resolve(PositionProvider)

    def start(self, node: cst.CSTNode) -> int:
        """Return where a node starts."""
        position = self._ranges[node].start
        return self.source.offset(position.line, position.column)

    def end(self, node: cst.CSTNode) -> int:
        """Return where a node ends."""
        position = self._ranges[node].end
        return self.source.offset(position.line, position.column)

    def line(self, node: cst.CSTNode) -> int:
        """Return the line a node starts in."""
        return self._ranges[node].start.line

    def place(self, node: cst.CSTNode) -> str:
        """Return ``path:line`` of a node, for reports."""
        return f"{self.path}:{self.line(node)}"

    def code(self, node: cst.CSTNode) -> str:
        """Return the text of a node."""
        return self.source.text[self.start(node) : self.end(node)]

    def block(self, node: cst.FunctionDef | cst.ClassDef | cst.SimpleStatementLine) -> tuple[int, int]:
        """Return the whole lines of a statement, from its first decorator to the comment behind its end."""
        decorators = () if isinstance(node, cst.SimpleStatementLine) else node.decorators
        first = self.start(decorators[0] if decorators else node)
        return self.source.line_start(first), self.source.statement_end(self.end(node))

    def lines(self, start: int, end: int) -> list[str]:
        """Return the lines between two line starts, without their ends."""
        text = self.source.text[start:end]
        return re.split(r"\r\n?|\n", text.removesuffix("\n").removesuffix("\r")) if text else []

    def functions(self) -> dict[str, cst.FunctionDef]:
        """Return the top-level functions; of several with one name the last."""
        return {node.name.value: node for node in self.module.body if isinstance(node, cst.FunctionDef)}


def parse(path: str, content: bytes) -> PythonFile:
    """Parse a file. Raises UnreadableError, with the faulty line, if it is not valid Python."""
    source = read_source(path, content)
    # The parser gets confused by lone carriage returns; positions are the same without them.
    text = _LONE_RETURN.sub("\n", source.text)
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise _blamed(path, content, error) from None
    except RecursionError:
        raise UnreadableError(path, None, _TOO_DEEP) from None
    if module.code != text:
        raise UnreadableError(path, None, "its text is ambiguous")
    refused = _refused(path, content)
    if refused is not None and refused.reason.startswith(_LITERALS):
        raise refused
    return PythonFile(source, module)


def _blamed(path: str, content: bytes, error: cst.ParserSyntaxError) -> UnreadableError:
    """Return Python's own error for invalid syntax, which is clearer than the parser's; else the parser's."""
    unknown = UnreadableError(path, error.raw_line, "syntax that this generator does not support")
    return _refused(path, content) or unknown


def _refused(path: str, content: bytes) -> UnreadableError | None:
    """Return Python's own syntax error; None if there is none."""
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(content)
    except SyntaxError as own:
        return UnreadableError(path, own.lineno, own.msg)
    except (ValueError, RecursionError, MemoryError) as own:
        return UnreadableError(path, None, str(own))
    return None
