"""The tokens of a proto file with their offsets, so that one can be replaced and every other byte stays.

Blanks and comments are not tokens. Text is in bytes: comments need not be UTF-8.
"""

import enum
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Kind(enum.Enum):
    """The kind of a token."""

    WORD = "an identifier or keyword"
    TEXT = "a string literal, with its quotes"
    OTHER = "a number, or one character"


class Token(NamedTuple):
    """One token: ``text`` is in the file from ``start`` to ``end``."""

    kind: Kind
    start: int
    end: int
    text: bytes


_BOM = b"\xef\xbb\xbf"

# Each match begins where the last one ended; the last alternative matches any byte, so none is skipped.
# A string ends with its line, and a comment with its file, as in the compiler.
_NEXT = re.compile(
    rb"""
    (?P<none> \s+ | //[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<text> "(?:\\[^\n]|[^"\\\n])*"? | '(?:\\[^\n]|[^'\\\n])*'? )
    | (?P<word> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<number> [0-9][A-Za-z0-9_]* )
    | (?P<sign> . )
    """,
    re.DOTALL | re.VERBOSE,
)
_KINDS = {"text": Kind.TEXT, "word": Kind.WORD, "number": Kind.OTHER, "sign": Kind.OTHER}


def tokens(content: bytes) -> list[Token]:
    """Return the tokens of a file, in order, also of one that is not a valid proto."""
    matches = _NEXT.finditer(content, len(_BOM) if content.startswith(_BOM) else 0)
    kinds = ((match, match.lastgroup or "none") for match in matches)
    return [Token(_KINDS[name], *match.span(), match[0]) for match, name in kinds if name != "none"]


def package(proto: Sequence[Token]) -> str:
    """Return the package that a file declares; empty if it declares none."""
    begin = next((at for at, token in enumerate(proto) if token.text == b"package" and _begins(proto, at)), None)
    return "" if begin is None else b"".join(_until_semicolon(proto, begin + 1)).decode("ascii", "replace")


def imports(proto: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield the literals of each import: one, or several that the compiler joins."""
    for at, token in enumerate(proto):
        if token.text == b"import" and _begins(proto, at):
            at += 2 if proto[at + 1 : at + 2] and proto[at + 1].text in _IMPORT_MODIFIERS else 1
            literals = []
            while at < len(proto) and proto[at].kind is Kind.TEXT:
                literals.append(proto[at])
                at += 1
            if literals:
                yield literals


_IMPORT_MODIFIERS = frozenset({b"public", b"weak", b"option"})


def _begins(proto: Sequence[Token], at: int) -> bool:
    """Return whether a statement begins with this token."""
    return at == 0 or proto[at - 1].text in (b";", b"}")


def _until_semicolon(proto: Sequence[Token], at: int) -> Iterator[bytes]:
    while at < len(proto) and proto[at].text != b";":
        yield proto[at].text
        at += 1
