"""The comments of a proto, as lines for Python docstrings and for Markdown."""

import re
import textwrap
from typing import NamedTuple

from . import markdown

_MAX_DOCSTRING_COLUMNS = 98

_STAR = re.compile(r"^\*(?=\s|$)")
"""The rest of ``/**``, and of ``**`` before each line, after the compiler removed one star."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")


class Doc(NamedTuple):
    """A comment: ``lines`` are its text as written, dedented, without leading and trailing blanks."""

    lines: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lines)

    @property
    def summary(self) -> str:
        """The first paragraph in one line; empty without a comment."""
        paragraph: list[str] = []
        for line in self.lines:
            if not line.strip():
                break
            paragraph.append(line.strip())
        return " ".join(paragraph)

    @property
    def more(self) -> bool:
        """True if there is more than one paragraph."""
        return "" in self.lines

    @property
    def summary_cell(self) -> str:
        """The first paragraph, safe inside a Markdown table."""
        return markdown.cell(self.summary)

    @property
    def cell(self) -> str:
        """The whole text in one line, safe inside a Markdown table."""
        return markdown.cell(" ".join(line.strip() for line in self.lines if line.strip()))

    @property
    def page(self) -> list[str]:
        """The lines, safe on a Markdown page."""
        return markdown.block(self.lines)


def parse_comment(comment: str | bytes) -> Doc:
    """Parse a comment as it is in descriptors (a leading blank on every line).

    A comment that is not UTF-8 comes as bytes; invalid bytes become U+FFFD.
    """
    if isinstance(comment, bytes):
        comment = comment.decode("utf-8", "replace")
    text = _CONTROL.sub(" ", comment.replace("\r\n", "\n").replace("\t", "    "))
    lines = [line.rstrip() for line in text.split("\n")]
    if all(not line or _STAR.match(line) for line in lines):
        lines = [_STAR.sub("", line) for line in lines]
    lines[0] = _STAR.sub("", lines[0])
    whole = textwrap.dedent("\n".join(lines)).strip("\n")
    return Doc(tuple(whole.split("\n")) if whole.strip() else ())


def docstring(doc: Doc, fallback: str, indent: int) -> str:
    """Return the text between triple quotes that are indented by ``indent`` columns: wrapped and escaped.

    A single line stays beside the quotes; more lines end so that the closing quotes are on their own line.
    ``fallback`` is used if there is no comment.
    """
    lines: list[str] = []
    for line in doc.lines or (fallback,):
        margin = line[: len(line) - len(line.lstrip())]
        width = _MAX_DOCSTRING_COLUMNS - indent
        lines += textwrap.wrap(
            line, width, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
        ) or [""]
    lines = [_escape(line.rstrip()) for line in lines]
    lines[0] = _apart(lines[0].lstrip())
    if len(lines) == 1:
        return f"{lines[0]} " if lines[0].endswith('"') else lines[0]
    blank = " " * indent
    # As black formats it: the first line on its own, the others keep their relative indentation.
    rest = textwrap.dedent("\n".join(lines[1:])).split("\n")
    return "\n".join([lines[0], *(blank + line if line else "" for line in rest), blank])


def _escape(line: str) -> str:
    return line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def _apart(line: str) -> str:
    """Return a line that can follow the opening quotes: a leading quote needs a blank before it."""
    return f" {line}" if line.startswith('"') else line
