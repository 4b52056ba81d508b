"""A merged file whose generated code is a package of ours now: three texts that merge without a conflict."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..handlers.import_statement import Alias, Statement
from ..handlers.python_file import PythonFile, parse
from ..handlers.scope import bound
from ..handlers.splice import Edit
from .import_groups import COMMENT, ImportLine
from .import_region import import_lines_of, import_region
from .moved import names_of, public
from .reduction import Reduction
from .spelling import Spelling
from .statements import IMPORT, IMPORTS, blocks, keyed


class Shrunk(NamedTuple):
    """The base and the owner's file as they are to be merged with the new one."""

    base: bytes
    yours: bytes
    unplaced: tuple[tuple[str, ...], ...]
    """Statements whose edit is in neither, because the new file has no place for it."""


def shrunk(base: PythonFile, yours: PythonFile, new: bytes, spelling: Spelling) -> Shrunk:
    """Drop what went to the runtime out of a base and its owner's file. Raises UnreadableError.

    Imports are those of the new file, and in yours also those that only it needs or has.
    """
    now = parse(spelling.path, new)
    moved = names_of(spelling.own_key() or "")
    reduction = Reduction(base, yours, now, lambda name: name in moved)
    there, rest = list(import_lines_of(now)), _beginning(base, now)
    added = list(_added(base, yours, now, reduction.needed, spelling))
    package = spelling.packages[0]
    return Shrunk(
        _encoded(base, reduction.base(import_region(there, package) + rest)),
        _encoded(yours, reduction.yours(import_region([*there, *added], package) + rest)),
        (*reduction.unplaced, *_lost_comments(base, yours, added)),
    )


def shrunk_to_nothing(base: PythonFile, yours: PythonFile, spelling: Spelling, docstring: str) -> Shrunk:
    """What a person added to a file that is no more, as a file of theirs. Raises UnreadableError."""
    nothing = parse(spelling.path, docstring.encode())
    moved = names_of(spelling.own_key() or "")
    reduction = Reduction(base, yours, nothing, lambda name: name in moved)
    added = list(_added(base, yours, nothing, reduction.needed, spelling))
    text = reduction.yours(import_region(added, spelling.packages[0]))
    text = text if text.startswith(docstring) else docstring + text
    unplaced = (*reduction.unplaced, *_lost_comments(base, yours, added))
    return Shrunk(b"", _encoded(yours, text), unplaced)


def _lost_comments(base: PythonFile, yours: PythonFile, added: Sequence[ImportLine]) -> Iterator[tuple[str, ...]]:
    """Where the imports are, if a person commented one that does not stay as it is."""
    stay = {comment for line in added for comment in line.comments}
    mine, theirs = (set(_comments(file)) for file in (yours, base))
    if mine - theirs - stay:
        yield IMPORTS


def _comments(file: PythonFile) -> Iterator[str]:
    for block in blocks(file, file.module):
        if block.key == IMPORT:
            yield from COMMENT.findall(block.text)


def _beginning(base: PythonFile, new: PythonFile) -> str:
    """The statements right below the imports of a new file that its base has not.

    They would collide with whatever a person wrote there, and are nobody's choice.
    """
    known = keyed(blocks(base, base.module))
    text = ""
    below = False
    for block in blocks(new, new.module):
        if block.key == IMPORT:
            text, below = "", True
        elif below and block.key not in known:
            text += block.gap + block.text
        elif below:
            break
    return text


def _encoded(file: PythonFile, text: str) -> bytes:
    whole = Edit(0, len(file.source.text), text.replace("\r\n", "\n"))
    return file.source.apply([whole])


def _added(
    base: PythonFile, yours: PythonFile, new: PythonFile, needed: set[str], spelling: Spelling
) -> Iterator[ImportLine]:
    """The imports of yours that are not in the new file: those that a person wrote, and those that are needed."""
    theirs = {pair for line in import_lines_of(base) for one in line.statements for pair in one.pairs}
    present = {pair for line in import_lines_of(new) for one in line.statements for pair in one.pairs}
    missing = needed - bound(new.module.body).names
    for line in import_lines_of(yours):
        (statement,) = line.statements
        module = statement.module
        wanted = {a for a in statement.aliases if (module, a) not in theirs or a.local in missing}
        missing -= {alias.local for alias in wanted}
        if line.comments and wanted and not {(module, a) for a in wanted} <= present:
            yield line
        elif left := tuple(a for a in statement.aliases if a in wanted and (module, a) not in present):
            yield ImportLine((Statement(module, left),))
    moved = names_of(spelling.own_key() or "")
    for name in sorted(missing & moved.keys()):
        target = public(moved[name])
        written = spelling.written(target.module, relative=spelling.path.startswith("src/"))
        yield ImportLine((Statement(written, (Alias(target.name, name),)),))
