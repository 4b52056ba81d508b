"""Statements that the user added to framework code: they stay in a user file if other user files import them."""

from collections.abc import Container, Mapping, Set
from typing import NamedTuple

from ..handlers.python_file import PythonFile, parse
from ..handlers.splice import UnreadableError
from .hunks import Hunk, statement_hunks
from .kept_versions import EditedFile
from .merge_inputs import extract_additions
from .moved import new_module_of
from .renamed_members import Symbol
from .rewriting import rewrite_file
from .spelling import Spelling
from .statements import blocks, by_key

_DOCSTRING = '"""Additions of this project to {module}."""\n'


class Additions(NamedTuple):
    """The part of a former file that stays."""

    content: bytes
    names: frozenset[str]
    """The names that the user added."""
    hunks: tuple[Hunk, ...]
    """Edits of generated statements, which do not stay."""


def find_additions(
    edited: EditedFile,
    used_symbols: Set[Symbol],
    packages: tuple[str, ...],
    kept_names: Mapping[str, Container[str]],
    line_length: int,
) -> Additions | None:
    """Return the part of a former file that stays; None if no addition is imported, or the file does not parse."""
    spelling = Spelling(edited.path, packages)
    key = spelling.own_key() or ""
    is_module_used = Symbol(*key.rpartition(".")[::2]) in used_symbols
    if not is_module_used and not any(symbol.module == key for symbol in used_symbols):
        return None
    try:
        before, after = (parse(edited.path, content) for content in (edited.base, edited.yours))
        names = _added(before, after)
        if not names or not (is_module_used or any(Symbol(key, name) in used_symbols for name in names)):
            return None
        base, yours = (
            parse(edited.path, rewrite_file(edited.path, content, packages, kept_names, line_length))
            for content in (edited.base, edited.yours)
        )
        module = new_module_of(key) or key
        docstring = _DOCSTRING.format(module=f"{packages[0]}{module}" if module.startswith(".") else module)
        additions = extract_additions(base, yours, spelling, docstring)
        return Additions(additions.yours, names, tuple(statement_hunks(before, after, additions.unplaced)))
    except UnreadableError:
        return None


def _added(before: PythonFile, after: PythonFile) -> frozenset[str]:
    """Return the names of the statements that the user added to a file."""
    return frozenset(by_key(blocks(after, after.module)).keys() - by_key(blocks(before, before.module)).keys())
