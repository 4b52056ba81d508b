"""Edits that cannot be merged into the new code: the record keeps the edited file, and the report lists each edit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ...inputs.lock import OVERWRITTEN, kept_path
from ...inputs.tree import Tree
from ..handlers.python_file import parse
from ..handlers.splice import UnreadableError
from .hunks import Hunk, hunks, unified_diff
from .moved import new_module_of, new_names_of
from .spelling import Spelling
from .statements import IMPORT, blocks


class EditedFile(NamedTuple):
    """A generated file that the user edited: its last generated text, and the user's text."""

    path: str
    base: bytes
    yours: bytes


class KeptVersion(NamedTuple):
    """The user's version of a file in the record, and the edits that exist only there."""

    path: str
    record_path: str
    files: Mapping[str, bytes]
    """The version and its diff, by path in the record."""
    hunks: tuple[Hunk, ...]


def keep_version(edited: EditedFile, version: str, unmerged: Iterable[Hunk], tree: Tree) -> KeptVersion:
    """Return the whole file as it is kept in the record, in the folder of the generator ``version`` that wrote it."""
    kept = kept_path(f"{version}/{edited.path}", edited.yours, tree)
    files = {kept: edited.yours, f"{kept}.diff": unified_diff(edited.path, edited.base, edited.yours)}
    return KeptVersion(edited.path, kept, files, tuple(unmerged))


def edits_in(edited: EditedFile, moved: Sequence[str] = (), lines: frozenset[str] = frozenset()) -> Iterator[Hunk]:
    """Yield the edits of a file.

    Edits of imports, and of the statements ``moved`` to another file, are left out if ``lines`` has all their lines.
    """
    try:
        before, after = (parse(edited.path, content) for content in (edited.base, edited.yours))
    except UnreadableError:
        yield from hunks(edited.base.decode("utf-8", "replace"), edited.yours.decode("utf-8", "replace"))
        return
    places = [(after.source.line(b.start), after.source.line(b.end), b.key) for b in blocks(after, after.module)]
    for hunk in hunks(before.source.text, after.source.text):
        within = next((key for first, last, key in places if first <= hunk.line < last), "")
        if within not in (*moved, IMPORT) or not lines.issuperset(hunk.lines):
            yield hunk._replace(within=within)


def unmerged_edits(version: KeptVersion, package: str) -> Iterator[str]:
    """Yield a message for each edit that could not be merged, with the file that has the code now."""
    key = Spelling(version.path, (package,)).own_key() or ""
    names, new_module = new_names_of(key), new_module_of(key)
    for hunk in version.hunks:
        place = names[hunk.within].module if hunk.within in names else new_module
        now = f"its code is {_file(place, package)} now" if place else "the new file has no place for it"
        yield f"{version.path}:{hunk.line}: your edit `{hunk.text}` was not brought over: {now}"


def kept_versions_hint(versions: Sequence[KeptVersion], package: str, version: str) -> Iterator[str]:
    """Yield one message about what to do with all kept versions; nothing if there are none."""
    if versions:
        yield (
            f"your versions of what was not brought over, and their diffs, are in {OVERWRITTEN}{version}/: add what goes "
            "around calls through the interceptors of app.py, or make a file of the runtime yours with "
            f"`pyservice eject src/{package}/runtime/FILE` and edit it there"
        )


def _file(key: str, package: str) -> str:
    return f"src/{package}{key.replace('.', '/')}.py" if key.startswith(".") else f"{key.replace('.', '/')}.py"
