"""A text file as the user edits it: lines that keep their ends, and the marks of the user."""

import ast
import io
import re
import tokenize
from collections.abc import Sequence

BOM = b"\xef\xbb\xbf"
MARK = re.compile(rb"\bmine (\d+)\b( ~)?")
_ENDS = re.compile(r"\r\n?|\n")


class Text:
    """Lines without their ends, all of which are alike."""

    def __init__(self, content: bytes) -> None:
        self.bom = content.startswith(BOM)
        text = content.decode("utf-8-sig")
        end = _ENDS.search(text)
        self.newline = end[0] if end else "\n"
        self.closed = not text or text.endswith(("\r", "\n"))
        self.lines = _ENDS.split(text)
        if self.lines[-1] == "":
            self.lines.pop()

    @property
    def content(self) -> bytes:
        """The file."""
        text = self.newline.join(self.lines) + (self.newline if self.closed and self.lines else "")
        return (BOM if self.bom else b"") + text.encode()

    @property
    def code(self) -> str:
        """The text as the ``ast`` module counts its lines."""
        return "\n".join(self.lines) + "\n"

    def tree(self) -> ast.Module | None:
        """Its syntax; None if it is not Python."""
        try:
            return ast.parse(self.code)
        except SyntaxError:
            return None

    def open_places(self) -> list[int]:
        """The lines before which a comment can be: those that do not begin inside a string or a statement's line."""
        closed: set[int] = set()
        tokens = list(tokenize.generate_tokens(io.StringIO(self.code).readline))
        for token in tokens:
            closed.update(range(token.start[0], token.end[0]))
        closed.update(number for number, line in enumerate(self.lines, 1) if line.endswith("\\"))
        return [place for place in range(len(self.lines) + 1) if place not in closed]


def marks(content: bytes) -> list[tuple[int, bytes | None]]:
    """The marked lines of a file, in order: the mark's number, and the line, or None where it may change.

    A mark that is followed by a tilde is in a line that regeneration may edit, such as a signature.
    """
    found: list[tuple[int, bytes | None]] = []
    if b"mine " not in content:
        return found
    for line in re.split(rb"\r\n?|\n", content.removeprefix(BOM)):
        for match in MARK.finditer(line):
            found.append((int(match[1]), None if match[2] else line))
    return found


def span(node: ast.stmt) -> tuple[int, int]:
    """The lines of a statement, decorators included, as a slice."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    assert node.end_lineno is not None
    return first - 1, node.end_lineno


def margin(line: str) -> str:
    """The blanks that a line starts with."""
    return line[: len(line) - len(line.lstrip())]


def functions(body: Sequence[ast.stmt]) -> list[ast.AsyncFunctionDef | ast.FunctionDef]:
    """The functions among statements, in order."""
    return [node for node in body if isinstance(node, (ast.AsyncFunctionDef, ast.FunctionDef))]


def owners(content: bytes) -> dict[int, str]:
    """For each mark inside a method or function, the name of that function."""
    text = Text(content)
    tree = text.tree()
    if tree is None:
        return {}
    found: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.AsyncFunctionDef, ast.FunctionDef)) and node.end_lineno is not None:
            inside = "\n".join(text.lines[node.lineno - 1 : node.end_lineno]).encode()
            found.update({number: node.name for number, _ in marks(inside)})
    return found
