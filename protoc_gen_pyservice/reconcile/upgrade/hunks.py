"""The single edits of a text, for the report that the user reads."""

import difflib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import libcst as cst

from ..handlers.python_file import PythonFile
from .statements import IMPORT, IMPORTS, Block, blocks, by_key, members


class Hunk(NamedTuple):
    """Adjacent changed lines."""

    line: int
    """The number of the first changed line in the edited text; after a deletion, of the next line."""
    text: str
    """The first changed line that is not blank, or the first deleted one."""
    lines: tuple[str, ...] = ()
    """All added lines, without blank ones."""
    within: str = ""
    """The name of the function, class or constant around the lines."""


def hunks(before: str, after: str, first: int = 1) -> Iterator[Hunk]:
    """Yield the edits between two texts; ``first`` is the number of the second text's first line."""
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, begin, end, start, stop in matcher.get_opcodes():
        if kind != "equal":
            lines = tuple(line for line in new[start:stop] if line.strip())
            shown = [line.strip() for line in lines or old[begin:end] if line.strip()]
            if shown:
                yield Hunk(first + start, shown[0], lines)


def statement_hunks(base: PythonFile, yours: PythonFile, places: Sequence[tuple[str, ...]]) -> Iterator[Hunk]:
    """Yield the edits inside some statements, given as in `Reduction.unplaced`."""
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
    statements = by_key(blocks(file, file.module))
    for name in place[:-1]:
        node = statements[name].node if name in statements else None
        statements = by_key(members(file, node)) if isinstance(node, cst.ClassDef) else {}
    return statements.get(place[-1])


def _imports(file: PythonFile) -> Iterator[str]:
    return (block.text for block in blocks(file, file.module) if block.key == IMPORT)


def _first(file: PythonFile) -> int:
    return next((block.start for block in blocks(file, file.module) if block.key == IMPORT), 0)


def unified_diff(path: str, before: bytes, after: bytes) -> bytes:
    """Return a unified diff of two texts, which need not be valid UTF-8."""
    old, new = (content.decode("utf-8", "surrogateescape").splitlines(keepends=True) for content in (before, after))
    lines = difflib.unified_diff(old, new, f"generated/{path}", f"yours/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
