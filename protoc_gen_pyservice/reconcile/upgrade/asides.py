"""Edits that have no place in the new code: the whole file is put aside, and each of them is said."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ...inputs.lock import OVERWRITTEN, kept_path
from ...inputs.tree import Tree
from ..handlers.python_file import parse
from ..handlers.splice import UnreadableError
from .hunks import Hunk, diff, hunks
from .moved import home_of, names_of
from .spelling import Spelling
from .statements import IMPORT, blocks


class Edited(NamedTuple):
    """A file that was generated once: as it was, and what its owner made of it."""

    path: str
    base: bytes
    yours: bytes


class Aside(NamedTuple):
    """Where somebody's version of a file is kept, and what is only there."""

    path: str
    kept: str
    files: Mapping[str, bytes]
    """The version and its diff, by their paths in the record."""
    hunks: tuple[Hunk, ...]


def put_aside(edited: Edited, era: str, found: Iterable[Hunk], tree: Tree) -> Aside:
    """Keep a version whole, below the version that it was made for."""
    kept = kept_path(f"{era}/{edited.path}", edited.yours, tree)
    files = {kept: edited.yours, f"{kept}.diff": diff(edited.path, edited.base, edited.yours)}
    return Aside(edited.path, kept, files, tuple(found))


def edits_of(edited: Edited, elsewhere: Sequence[str] = (), lines: frozenset[str] = frozenset()) -> Iterator[Hunk]:
    """All edits of a file, but for those of imports and of the statements ``elsewhere`` whose ``lines`` are there."""
    try:
        before, after = (parse(edited.path, content) for content in (edited.base, edited.yours))
    except UnreadableError:
        yield from hunks(edited.base.decode("utf-8", "replace"), edited.yours.decode("utf-8", "replace"))
        return
    places = [(after.source.line(b.start), after.source.line(b.end), b.key) for b in blocks(after, after.module)]
    for hunk in hunks(before.source.text, after.source.text):
        within = next((key for first, last, key in places if first <= hunk.line < last), "")
        if within not in (*elsewhere, IMPORT) or not lines.issuperset(hunk.lines):
            yield hunk._replace(within=within)


def told(aside: Aside, package: str) -> Iterator[str]:
    """Each edit that has no place in the new code, and where that is now."""
    key = Spelling(aside.path, (package,)).own_key() or ""
    names, home = names_of(key), home_of(key)
    for hunk in aside.hunks:
        place = names[hunk.within].module if hunk.within in names else home
        now = f"its code is {_file(place, package)} now" if place else "the new file has no place for it"
        yield f"{aside.path}:{hunk.line}: your edit `{hunk.text}` was not brought over: {now}"


def advice(asides: Sequence[Aside], package: str, era: str) -> Iterator[str]:
    """What can be done about them, once for all."""
    if asides:
        yield (
            f"your versions of what was not brought over, and their diffs, are in {OVERWRITTEN}{era}/: add what goes "
            "around calls through the interceptors of app.py, or make a file of the runtime yours with "
            f"`pyservice eject src/{package}/runtime/FILE` and edit it there"
        )


def _file(key: str, package: str) -> str:
    return f"src/{package}{key.replace('.', '/')}.py" if key.startswith(".") else f"{key.replace('.', '/')}.py"
