"""What a person added to framework code, as a file of their own, for as long as other files of theirs use it."""

from collections.abc import Container, Mapping, Set
from typing import NamedTuple

from ..handlers.python_file import PythonFile, parse
from ..handlers.splice import UnreadableError
from .asides import Edited
from .hunks import Hunk, hunks_of
from .moved import home_of
from .renamed_members import Class
from .rewriting import rewritten
from .shrinking import shrunk_to_nothing
from .spelling import Spelling
from .statements import blocks, keyed

_DOCSTRING = '"""What this project has beside {module}."""\n'


class Residue(NamedTuple):
    """What stays of a former file."""

    content: bytes
    names: frozenset[str]
    """What its owner added."""
    hunks: tuple[Hunk, ...]
    """Edits of what was generated, which have no place in it."""


def residue(
    edited: Edited,
    wanted: Set[Class],
    packages: tuple[str, ...],
    kept: Mapping[str, Container[str]],
    line_length: int,
) -> Residue | None:
    """What stays of a former file; None if nothing that was added to it is used, or it cannot be read."""
    spelling = Spelling(edited.path, packages)
    key = spelling.own_key() or ""
    module = Class(*key.rpartition(".")[::2]) in wanted
    if not module and not any(what.module == key for what in wanted):
        return None
    try:
        before, after = (parse(edited.path, content) for content in (edited.base, edited.yours))
        names = _added(before, after)
        if not names or not (module or any(Class(key, name) in wanted for name in names)):
            return None
        base, yours = (
            parse(edited.path, rewritten(edited.path, content, packages, kept, line_length))
            for content in (edited.base, edited.yours)
        )
        home = home_of(key) or key
        docstring = _DOCSTRING.format(module=f"{packages[0]}{home}" if home.startswith(".") else home)
        rest = shrunk_to_nothing(base, yours, spelling, docstring)
        return Residue(rest.yours, names, tuple(hunks_of(before, after, rest.unplaced)))
    except UnreadableError:
        return None


def _added(before: PythonFile, after: PythonFile) -> frozenset[str]:
    """What a person added to a file as statements of their own."""
    return frozenset(keyed(blocks(after, after.module)).keys() - keyed(blocks(before, before.module)).keys())
