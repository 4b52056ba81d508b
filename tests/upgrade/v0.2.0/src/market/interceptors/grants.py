"""Files that say who has which roles and scopes: a line for each, its words between blanks.

``#`` begins a comment, ``-`` stands for no roles, and what is missing at the end of a line is empty.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from ..environment import SettingsError
from ..server.watched import Watched
from .call import Principal

T = TypeVar("T")

_PAUSE = 1.0
"""Seconds until a file is looked at again."""


def watched(variable: str, path: Path, parse: Callable[[str], T]) -> Watched[T]:
    """What a file says, kept up to date. Raises SettingsError, naming the variable, at the start."""
    try:
        return Watched([path], lambda: parse(path.read_text(encoding="utf-8")), _PAUSE)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{variable}={path}: {error}.") from None


def rows(text: str, most: int) -> Iterator[tuple[int, list[str]]]:
    """Each line that says something, with its number. Raises ValueError for more than ``most`` words.

    Errors name the line and never quote it: it may be a secret put into the wrong file.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if len(words) > most:
            raise ValueError(f"line {number} has more than {most} words")
        if words:
            yield number, words


def principal(subject: str, granted: list[str]) -> Principal:
    """A principal with the roles and scopes at the end of a line: ``admin,auditor orders:read``."""
    roles, scopes = [*granted, "-", "-"][:2]
    return Principal(subject, _names(roles), _names(scopes))


def _names(word: str) -> frozenset[str]:
    return frozenset(name for name in word.split(",") if name not in ("", "-"))
