"""A Python file, parsed: its syntax tree says where things are, its text is what gets edited."""

import ast
import re
import warnings
from collections.abc import Iterable, Mapping
from functools import cached_property

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from .splice import Edit, Source, UnreadableError, read_source

_DEEP = "it is nested too deeply"
_LONE_RETURN = re.compile(r"\r(?!\n)")
_LITERALS = ("(unicode error)", "(value error)", "bytes can only contain ASCII")
"""What Python says of a string that it cannot read. The parser does not look into strings; of all else
that only Python refuses, this Python may be too old."""


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
        """The file as it is on disk, or is to be."""
        return self.source.apply(())

    def edited(self, edits: Iterable[Edit]) -> "PythonFile":
        """The file after edits. Raises UnreadableError if it would not be Python any more."""
        edits = tuple(edits)
        return parse(self.path, self.source.apply(edits)) if edits else self

    @cached_property
    def _ranges(self) -> Mapping[cst.CSTNode, CodeRange]:
        return MetadataWrapper(self.module, unsafe_skip_copy=True).resolve(PositionProvider)

    def start(self, node: cst.CSTNode) -> int:
        """Where a node starts."""
        position = self._ranges[node].start
        return self.source.offset(position.line, position.column)

    def end(self, node: cst.CSTNode) -> int:
        """Where a node ends."""
        position = self._ranges[node].end
        return self.source.offset(position.line, position.column)

    def line(self, node: cst.CSTNode) -> int:
        """The line a node starts in."""
        return self._ranges[node].start.line

    def place(self, node: cst.CSTNode) -> str:
        """``path:line`` of a node, as reports have it."""
        return f"{self.path}:{self.line(node)}"

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node."""
        return self.source.text[self.start(node) : self.end(node)]

    def block(self, node: cst.FunctionDef | cst.ClassDef | cst.SimpleStatementLine) -> tuple[int, int]:
        """The whole lines of a statement, from its first decorator to the comment behind its end."""
        decorators = () if isinstance(node, cst.SimpleStatementLine) else node.decorators
        first = self.start(decorators[0] if decorators else node)
        return self.source.line_start(first), self.source.statement_end(self.end(node))

    def lines(self, start: int, end: int) -> list[str]:
        """The lines between two line starts, without their ends."""
        text = self.source.text[start:end]
        return re.split(r"\r\n?|\n", text.removesuffix("\n").removesuffix("\r")) if text else []

    def functions(self) -> dict[str, cst.FunctionDef]:
        """The top-level functions; of several with one name the last."""
        return {node.name.value: node for node in self.module.body if isinstance(node, cst.FunctionDef)}


def parse(path: str, content: bytes) -> PythonFile:
    """Parse a file. Raises UnreadableError, with the line that is to blame, if it is not Python."""
    source = read_source(path, content)
    # The parser gets confused by lone carriage returns; positions are the same without them.
    text = _LONE_RETURN.sub("\n", source.text)
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise _blamed(path, content, error) from None
    except RecursionError:
        raise UnreadableError(path, None, _DEEP) from None
    if module.code != text:
        raise UnreadableError(path, None, "its text is ambiguous")
    refused = _refused(path, content)
    if refused is not None and refused.reason.startswith(_LITERALS):
        raise refused
    return PythonFile(source, module)


def _blamed(path: str, content: bytes, error: cst.ParserSyntaxError) -> UnreadableError:
    """Python's own words for a syntax error, which are better than the parser's; else the parser's."""
    unknown = UnreadableError(path, error.raw_line, "syntax this generator does not know")
    return _refused(path, content) or unknown


def _refused(path: str, content: bytes) -> UnreadableError | None:
    """What Python itself finds wrong; None if nothing."""
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(content)
    except SyntaxError as own:
        return UnreadableError(path, own.lineno, own.msg)
    except (ValueError, RecursionError, MemoryError) as own:
        return UnreadableError(path, None, str(own))
    return None
