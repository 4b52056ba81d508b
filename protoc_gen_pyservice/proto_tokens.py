"""The tokens of a proto file with their places, so that one can be written over and all else stay, byte by byte.

What is between the tokens, blanks and comments, is none. Text is in bytes: comments need not be UTF-8.
"""

import enum
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Kind(enum.Enum):
    """What a token is."""

    WORD = "an identifier or keyword"
    TEXT = "a string literal, with its quotes"
    OTHER = "a number, or one character"


class Token(NamedTuple):
    """One token: ``text`` stands in the file from ``start`` to ``end``."""

    kind: Kind
    start: int
    end: int
    text: bytes


_BOM = b"\xef\xbb\xbf"

# Each alternative takes what begins where the last one ended; the last takes any byte, so none is passed over.
# A string ends with its line, and a comment with its file, as the compiler has it.
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
    """The tokens of a file, in order; what is no proto has some too."""
    found = _NEXT.finditer(content, len(_BOM) if content.startswith(_BOM) else 0)
    named = ((match, match.lastgroup or "none") for match in found)
    return [Token(_KINDS[name], *match.span(), match[0]) for match, name in named if name != "none"]


def package(found: Sequence[Token]) -> str:
    """The package that a file declares; nothing where it declares none."""
    begin = next((at for at, token in enumerate(found) if token.text == b"package" and _begins(found, at)), None)
    return "" if begin is None else b"".join(_until_semicolon(found, begin + 1)).decode("ascii", "replace")


def imports(found: Sequence[Token]) -> Iterator[list[Token]]:
    """The literals that name what is imported: one for each import, or several that the compiler joins."""
    for at, token in enumerate(found):
        if token.text == b"import" and _begins(found, at):
            at += 2 if found[at + 1 : at + 2] and found[at + 1].text in _HOW else 1
            literals = []
            while at < len(found) and found[at].kind is Kind.TEXT:
                literals.append(found[at])
                at += 1
            if literals:
                yield literals


_HOW = frozenset({b"public", b"weak", b"option"})


def _begins(found: Sequence[Token], at: int) -> bool:
    """Whether a statement begins with this token."""
    return at == 0 or found[at - 1].text in (b";", b"}")


def _until_semicolon(found: Sequence[Token], at: int) -> Iterator[bytes]:
    while at < len(found) and found[at].text != b";":
        yield found[at].text
        at += 1
