"""Three-way merge of one text file, line by line, in the style of diff3.

The regions come from the merge3 library. Lines are compared without their endings and written with
the endings of the user's file, so that CRLF, a byte-order mark or a missing final newline stay.
"""

from collections.abc import Sequence
from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"

YOURS = b"<<<<<<< yours"
BASE = b"||||||| last generated"
MIDDLE = b"======="
THEIRS = b">>>>>>> generated"


class Merged(NamedTuple):
    """The text, and how many conflicts are marked in it."""

    content: bytes
    conflicts: int


def merge(base: bytes, yours: bytes, theirs: bytes) -> Merged:
    """Merge what changed from ``base`` to ``theirs`` into ``yours``."""
    from merge3 import Merge3

    bom = _BOM if yours.startswith(_BOM) else b""
    mine = yours[len(bom) :].splitlines(keepends=True)
    newline = _newline(mine)
    a, b, z = _bare(mine), _bare(theirs.splitlines(True)), _bare(base.splitlines(True))
    lines: list[bytes] = []
    conflicts = 0
    at_z = at_a = at_b = 0
    for zmatch, zend, amatch, aend, bmatch, bend in Merge3(z, a, b).find_sync_regions():
        old, ours, new = z[at_z:zmatch], a[at_a:amatch], b[at_b:bmatch]
        if ours == new or new == old:
            lines += mine[at_a:amatch]
        elif ours == old:
            lines += [line + newline for line in new]
        else:
            conflicts += 1
            lines += _marked(mine[at_a:amatch], old, new, newline)
        lines += mine[amatch:aend]
        at_z, at_a, at_b = zend, aend, bend
    return Merged(bom + _joined(lines, newline, mine), conflicts)


def has_markers(content: bytes) -> bool:
    """Whether conflict markers of an earlier merge still stand in the text."""
    lines = content.splitlines()
    return any(line.startswith(b"<<<<<<< ") for line in lines) and any(line.startswith(b">>>>>>> ") for line in lines)


def _marked(mine: Sequence[bytes], old: Sequence[bytes], new: Sequence[bytes], newline: bytes) -> list[bytes]:
    marked = [YOURS + newline, *mine]
    marked += [BASE + newline, *(line + newline for line in old)]
    marked += [MIDDLE + newline, *(line + newline for line in new)]
    return [*marked, THEIRS + newline]


def _bare(lines: Sequence[bytes]) -> list[bytes]:
    return [line.rstrip(b"\r\n") for line in lines]


def _newline(lines: Sequence[bytes]) -> bytes:
    crlf = sum(line.endswith(b"\r\n") for line in lines)
    return b"\r\n" if crlf * 2 > len(lines) else b"\n"


def _joined(lines: Sequence[bytes], newline: bytes, mine: Sequence[bytes]) -> bytes:
    """Join, giving an ending to each line that is not the last; the last keeps the user's way."""
    closed = [line if line.endswith((b"\n", b"\r")) else line + newline for line in lines]
    text = b"".join(closed)
    if mine and not mine[-1].endswith((b"\n", b"\r")) and lines and lines[-1] == mine[-1]:
        return text[: -len(newline)]
    return text
