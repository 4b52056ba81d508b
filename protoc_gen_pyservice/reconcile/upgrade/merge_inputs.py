"""Inputs of the three-way merge of a file whose generated code moved to the runtime: base and yours, reduced."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..handlers.import_statement import Alias, Statement
from ..handlers.python_file import PythonFile, parse
from ..handlers.scope import bound
from ..handlers.splice import Edit
from .import_groups import COMMENT, ImportLine
from .import_region import import_lines_of, import_region
from .moved import new_names_of, public_target
from .reduction import Reduction
from .spelling import Spelling
from .statements import IMPORT, IMPORTS, blocks, by_key


class MergeInputs(NamedTuple):
    """The base and the user's file, reduced for the merge with the new file."""

    base: bytes
    yours: bytes
    unplaced: tuple[tuple[str, ...], ...]
    """Statements whose edit is in neither, because the new file lacks them."""


def reduce_for_merge(base: PythonFile, yours: PythonFile, new: bytes, spelling: Spelling) -> MergeInputs:
    """Return the base and the user's file without the code that moved to the runtime. Raises UnreadableError.

    Both have the imports of the new file; the user's file has in addition those that the user added or needs.
    """
    now = parse(spelling.path, new)
    moved = new_names_of(spelling.own_key() or "")
    reduction = Reduction(base, yours, now, lambda name: name in moved)
    imports, rest = list(import_lines_of(now)), _new_statements_below_imports(base, now)
    added = list(_additional_imports(base, yours, now, reduction.needed, spelling))
    package = spelling.packages[0]
    return MergeInputs(
        _encoded(base, reduction.base(import_region(imports, package) + rest)),
        _encoded(yours, reduction.yours(import_region([*imports, *added], package) + rest)),
        (*reduction.unplaced, *_lost_comments(base, yours, added)),
    )


def extract_additions(base: PythonFile, yours: PythonFile, spelling: Spelling, docstring: str) -> MergeInputs:
    """Return the user's additions to a file that is no longer generated. Raises UnreadableError."""
    empty = parse(spelling.path, docstring.encode())
    moved = new_names_of(spelling.own_key() or "")
    reduction = Reduction(base, yours, empty, lambda name: name in moved)
    added = list(_additional_imports(base, yours, empty, reduction.needed, spelling))
    text = reduction.yours(import_region(added, spelling.packages[0]))
    text = text if text.startswith(docstring) else docstring + text
    unplaced = (*reduction.unplaced, *_lost_comments(base, yours, added))
    return MergeInputs(b"", _encoded(yours, text), unplaced)


def _lost_comments(base: PythonFile, yours: PythonFile, added: Sequence[ImportLine]) -> Iterator[tuple[str, ...]]:
    """Yield `IMPORTS` if a comment that the user added to an import would be lost."""
    kept = {comment for line in added for comment in line.comments}
    mine, generated = (set(_comments(file)) for file in (yours, base))
    if mine - generated - kept:
        yield IMPORTS


def _comments(file: PythonFile) -> Iterator[str]:
    for block in blocks(file, file.module):
        if block.key == IMPORT:
            yield from COMMENT.findall(block.text)


def _new_statements_below_imports(base: PythonFile, new: PythonFile) -> str:
    """Return the statements directly below the imports of the new file that the base lacks.

    They go into both texts, because they would conflict with the user's edits in the same place.
    """
    known = by_key(blocks(base, base.module))
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


def _additional_imports(
    base: PythonFile, yours: PythonFile, new: PythonFile, needed: set[str], spelling: Spelling
) -> Iterator[ImportLine]:
    """Yield the imports of yours that the new file lacks: those that the user added, and those that are needed."""
    generated = {pair for line in import_lines_of(base) for one in line.statements for pair in one.pairs}
    present = {pair for line in import_lines_of(new) for one in line.statements for pair in one.pairs}
    missing = needed - bound(new.module.body).names
    for line in import_lines_of(yours):
        (statement,) = line.statements
        module = statement.module
        needed_aliases = {a for a in statement.aliases if (module, a) not in generated or a.local in missing}
        missing -= {alias.local for alias in needed_aliases}
        if line.comments and needed_aliases and not {(module, a) for a in needed_aliases} <= present:
            yield line
        elif absent := tuple(a for a in statement.aliases if a in needed_aliases and (module, a) not in present):
            yield ImportLine((Statement(module, absent),))
    moved = new_names_of(spelling.own_key() or "")
    for name in sorted(missing & moved.keys()):
        target = public_target(moved[name])
        written = spelling.written(target.module, relative=spelling.path.startswith("src/"))
        yield ImportLine((Statement(written, (Alias(target.name, name),)),))
