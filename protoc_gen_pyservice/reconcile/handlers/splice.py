"""The user's text, and edits of it at positions: all other bytes stay."""

import bisect
import codecs
import io
import re
import tokenize
from collections.abc import Iterable, Sequence
from typing import NamedTuple

NEWLINE = re.compile(r"\r\n?|\n")
_REST_OF_STATEMENT = re.compile(r"[ \t\f;]*(?:\\(?:\r\n?|\n)[ \t\f;]*)*(?:#[^\r\n]*)?(?:\r\n?|\n|\Z)")
_MARGIN = re.compile(r"[ \t\f]*")


class Edit(NamedTuple):
    """Replace ``[start:end]`` by ``text`` (its lines end in ``\\n``)."""

    start: int
    end: int
    text: str


class UnreadableError(Exception):
    """A file that cannot be parsed, and so is not edited; ``line`` is None if the fault has no line."""

    def __init__(self, path: str, line: int | None, reason: str) -> None:
        super().__init__(f"{path}:{line} does not parse ({reason})" if line else f"{path} cannot be read ({reason})")
        self.path = path
        self.reason = reason


class Source:
    """The text of a Python file, its line ends as they are."""

    def __init__(self, path: str, text: str, encoding: str = "utf-8", bom: bytes = b"") -> None:
        self.path = path
        self.text = text
        self.starts = [0, *(match.end() for match in NEWLINE.finditer(text))]
        self._encoding = encoding
        self._bom = bom

    @property
    def newline(self) -> str:
        """The end of the first line; a line feed if there is no whole line."""
        match = NEWLINE.search(self.text)
        return match[0] if match else "\n"

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a position; lines count from 1, columns from 0."""
        return self.starts[line - 1] + column

    def line(self, offset: int) -> int:
        """Return the line, from 1, that an offset is in."""
        return bisect.bisect_right(self.starts, offset)

    def line_start(self, offset: int) -> int:
        """Return the start of the line of an offset."""
        return self.starts[self.line(offset) - 1]

    def line_end(self, offset: int) -> int:
        """Return the start of the line after the one of an offset, or the end of the text."""
        line = self.line(offset)
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def statement_end(self, offset: int) -> int:
        """Return the start of the line after a statement that ends at an offset, including its comment."""
        match = _REST_OF_STATEMENT.match(self.text, offset)
        return match.end() if match else self.line_end(offset)

    def margin(self, offset: int) -> str:
        """Return the blanks that the line of an offset starts with; a form feed starts them anew."""
        match = _MARGIN.match(self.text, self.line_start(offset))
        return match[0].rpartition("\f")[2] if match else ""

    def inserted(self, offset: int, lines: Sequence[str]) -> Edit:
        """Return an edit that inserts whole lines at a line start; a missing final newline stays missing."""
        text = "\n".join(lines)
        ragged = offset == len(self.text) and self.starts[-1] != offset
        return Edit(offset, offset, f"\n{text}" if ragged else f"{text}\n")

    def replaced(self, start: int, end: int, lines: Sequence[str]) -> Edit:
        """Return an edit that replaces whole lines."""
        text = "".join(f"{line}\n" for line in lines)
        ragged = end > start and self.text[end - 1] not in "\r\n"
        return Edit(start, end, text.removesuffix("\n") if ragged else text)

    def apply(self, edits: Iterable[Edit]) -> bytes:
        """Return the file with its edits, which must not overlap; those at one place keep their order.

        Characters that the file's encoding lacks are written as escapes.
        """
        parts = [self._bom]
        done = 0
        for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
            if edit.start < done:
                raise ValueError(f"two edits of {self.path} overlap at {edit.start}")
            parts.append(self.text[done : edit.start].encode(self._encoding))
            parts.append(edit.text.replace("\n", self.newline).encode(self._encoding, "backslashreplace"))
            done = edit.end
        return b"".join((*parts, self.text[done:].encode(self._encoding)))


def read_source(path: str, content: bytes) -> Source:
    """Decode a file as Python would. Raises UnreadableError if encoding it would give other bytes."""
    bom = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        encoding = "utf-8" if bom else encoding
        text = content[len(bom) :].decode(encoding)
        same = text.encode(encoding) == content[len(bom) :]
    except (SyntaxError, ValueError) as error:
        raise UnreadableError(path, None, str(error)) from None
    if not same:
        raise UnreadableError(path, None, f"its encoding {encoding} encodes some characters in two ways")
    return Source(path, text, encoding, bom)
