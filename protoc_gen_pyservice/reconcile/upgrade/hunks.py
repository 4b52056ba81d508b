"""Edits of a text, one by one, for a person who has to look at each."""

import difflib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import libcst as cst

from ..handlers.python_file import PythonFile
from .statements import IMPORT, IMPORTS, Block, blocks, keyed, members


class Hunk(NamedTuple):
    """Lines that were changed together."""

    line: int
    """The first of them in the edited text; where lines were taken out, the one behind them."""
    text: str
    """What stands there, or stood there."""
    lines: tuple[str, ...] = ()
    """All lines that came in, without empty ones."""
    within: str = ""
    """The function, class or constant that they are in."""


def hunks(before: str, after: str, first: int = 1) -> Iterator[Hunk]:
    """The edits between two texts; ``first`` is the number of the second text's first line."""
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, begin, end, start, stop in matcher.get_opcodes():
        if kind != "equal":
            lines = tuple(line for line in new[start:stop] if line.strip())
            shown = [line.strip() for line in lines or old[begin:end] if line.strip()]
            if shown:
                yield Hunk(first + start, shown[0], lines)


def hunks_of(base: PythonFile, yours: PythonFile, places: Sequence[tuple[str, ...]]) -> Iterator[Hunk]:
    """The edits within some statements, which are named as `Reduction.unplaced` does."""
    for place in places:
        if place == IMPORTS:
            old, new = ("".join(_imports(file)) for file in (base, yours))
            yield from hunks(old, new, yours.source.line(_first(yours)))
            continue
        before, after = _find(base, place), _find(yours, place)
        if before is not None and after is not None:
            yield from hunks(before.text, after.text, yours.source.line(after.start))
        elif before is not None:
            yield Hunk(1, f"{'.'.join(place)} was taken out")


def _find(file: PythonFile, place: tuple[str, ...]) -> Block | None:
    found = keyed(blocks(file, file.module))
    for name in place[:-1]:
        node = found[name].node if name in found else None
        found = keyed(members(file, node)) if isinstance(node, cst.ClassDef) else {}
    return found.get(place[-1])


def _imports(file: PythonFile) -> Iterator[str]:
    return (block.text for block in blocks(file, file.module) if block.key == IMPORT)


def _first(file: PythonFile) -> int:
    return next((block.start for block in blocks(file, file.module) if block.key == IMPORT), 0)


def diff(path: str, before: bytes, after: bytes) -> bytes:
    """A unified diff of two texts, whatever bytes are in them."""
    old, new = (content.decode("utf-8", "surrogateescape").splitlines(keepends=True) for content in (before, after))
    lines = difflib.unified_diff(old, new, f"generated/{path}", f"yours/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
