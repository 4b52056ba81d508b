"""Three-way merge of one text file, line by line, in the style of diff3.

The regions come from the merge3 library. Lines are compared without their endings and written with
the endings of the user's file, so that CRLF, a byte-order mark or a missing final newline stay.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"

YOURS = b"<<<<<<< yours"
BASE = b"||||||| last generated"
MIDDLE = b"======="
THEIRS = b">>>>>>> generated"

_MARKERS = tuple(marker[:7] for marker in (YOURS, BASE, MIDDLE, THEIRS))


class Merged(NamedTuple):
    """The text, and how many conflicts are marked in it."""

    content: bytes
    conflicts: int


class _Text(NamedTuple):
    """A file in lines, with their endings and without."""

    bom: bytes
    lines: list[bytes]
    bare: list[bytes]
    open: bool
    """Whether the last line has no ending."""


def merge(base: bytes, yours: bytes, theirs: bytes) -> Merged:
    """Merge the changes from ``base`` to ``theirs`` into ``yours``."""
    from merge3 import Merge3

    old, mine, new = _read(base), _read(yours), _read(theirs)
    newline = _newline(mine.lines) or _newline(new.lines) or b"\n"
    lines: list[bytes] = []
    conflicts = 0
    at_z = at_a = at_b = 0
    for zmatch, zend, amatch, aend, bmatch, bend in Merge3(old.bare, mine.bare, new.bare).find_sync_regions():
        was, ours, now = old.bare[at_z:zmatch], mine.bare[at_a:amatch], new.bare[at_b:bmatch]
        if now in (ours, was):
            lines += mine.lines[at_a:amatch]
        elif ours == was:
            lines += [line + newline for line in now]
        else:
            conflicts += 1
            lines += _marked(mine.lines[at_a:amatch], was, now, newline)
        lines += mine.lines[amatch:aend]
        at_z, at_a, at_b = zend, aend, bend
    bom = mine.bom if mine.bom != old.bom else new.bom
    is_open = mine.open if mine.open != old.open else new.open
    return Merged(bom + _joined(lines, newline, is_open), conflicts)


def has_markers(content: bytes) -> bool:
    """Return whether the text has conflict markers of an earlier merge, the generator's or git's."""
    lines = content.splitlines()
    return any(line.startswith(b"<<<<<<< ") for line in lines) and any(line.startswith(b">>>>>>> ") for line in lines)


def both_sides(content: bytes) -> bytes:
    """Return the text with both sides of each conflict one after the other, without markers and base."""
    return b"".join(line for side, line in _sided(content) if side != BASE[:7])


def sides(content: bytes) -> set[bytes]:
    """Return the texts with one side of each conflict, and with the other; the text itself if it has none."""
    lines = list(_sided(content))
    return {b"".join(line for side, line in lines if side in (b"", wanted)) for wanted in (YOURS[:7], MIDDLE[:7])}


def _sided(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield each line except markers, with the marker of its side of a conflict; empty outside of one."""
    side = b""
    for line in content.splitlines(keepends=True) if has_markers(content) else (content,):
        marker = line[:7] if line[:8].strip() in _MARKERS else b""
        if marker and (side or marker == YOURS[:7]):
            side = b"" if marker == THEIRS[:7] else marker
        else:
            yield side, line


def common_base(yours: bytes, theirs: bytes) -> bytes:
    """Return the lines of ``yours`` that ``theirs`` has at least as often: a base if none is known.

    A merge from it removes no line of ``yours``.
    """
    read = _read(yours)
    mine, new = Counter(read.bare), Counter(bare_lines(theirs))
    return b"".join(
        line for line, bare in zip(read.lines, read.bare, strict=True) if new[bare] and mine[bare] <= new[bare]
    )


def bare_lines(content: bytes) -> list[bytes]:
    """Return the lines without their endings, and without a byte-order mark."""
    return _read(content).bare


def _read(content: bytes) -> _Text:
    bom = _BOM if content.startswith(_BOM) else b""
    lines = content[len(bom) :].splitlines(keepends=True)
    bare = [line.rstrip(b"\r\n") for line in lines]
    return _Text(bom, lines, bare, bool(lines) and lines[-1] == bare[-1])


def _newline(lines: Sequence[bytes]) -> bytes:
    """Return the ending that most lines have; empty if none has one."""
    endings = Counter(line[len(line.rstrip(b"\r\n")) :] for line in lines)
    del endings[b""]
    return max(endings, key=lambda ending: endings[ending], default=b"")


def _marked(mine: Sequence[bytes], old: Sequence[bytes], new: Sequence[bytes], newline: bytes) -> list[bytes]:
    marked = [YOURS + newline, *mine]
    marked += [BASE + newline, *(line + newline for line in old)]
    marked += [MIDDLE + newline, *(line + newline for line in new)]
    return [*marked, THEIRS + newline]


def _joined(lines: Sequence[bytes], newline: bytes, is_open: bool) -> bytes:
    """Join lines, adding missing endings; the last line gets one unless ``is_open``."""
    closed = [line if line.endswith((b"\n", b"\r")) else line + newline for line in lines]
    last = closed[-1].rstrip(b"\r\n") if closed else b""
    if is_open and last and last != THEIRS:
        closed[-1] = last
    return b"".join(closed)
