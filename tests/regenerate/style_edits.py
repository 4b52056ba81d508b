"""Edits of the form of files with handlers and tests: how they are written, and whether they are Python at all."""

import ast
from collections.abc import Callable
from dataclasses import dataclass

from tests.regenerate.contract_edits import pick
from tests.regenerate.text import Text, margin
from tests.regenerate.user import Edit, User


def _crlf(text: Text) -> None:
    text.newline = "\n" if text.newline == "\r\n" else "\r\n"


def _bom(text: Text) -> None:
    text.bom = not text.bom


def _ragged(text: Text) -> None:
    text.closed = not text.closed


def _tabs(text: Text) -> None:
    if not any(line.startswith("\t") for line in text.lines):
        text.lines = [
            "\t" * (len(margin(line)) // 4) + " " * (len(margin(line)) % 4) + line.lstrip() for line in text.lines
        ]


def _blanks(text: Text) -> None:
    text.lines = [line for number, line in enumerate(text.lines) if line or number % 2] + ["", ""]


STYLES: tuple[Callable[[Text], None], ...] = (_crlf, _bom, _ragged, _tabs, _blanks)


@dataclass(frozen=True)
class Restyle(Edit):
    """The same file with other line ends, a byte-order mark, no last line end, tabs or other blank lines."""

    file: int
    style: int

    def make(self, user: User) -> None:
        paths = [*user.handlers(), *user.tests()]
        if paths:
            path = pick(paths, self.file)
            text = user.open(path)
            before = text.tree()
            pick(STYLES, self.style)(text)
            after = text.tree()
            if before is not None and after is not None and ast.dump(before) == ast.dump(after):
                user.save(path, text)


@dataclass(frozen=True)
class Break(Edit):
    """A file that is not Python for the time being."""

    file: int
    place: int

    def make(self, user: User) -> None:
        paths = [*user.handlers(), *user.tests()]
        if paths:
            path = pick(paths, self.file)
            text = user.open(path)
            if text.tree() is not None:
                text.lines.insert(pick(text.open_places(), self.place), f"def broken(:  # {user.mark()}")
                user.save(path, text)


@dataclass(frozen=True)
class Repair(Edit):
    """All files are Python again."""

    def make(self, user: User) -> None:
        for path in (*user.handlers(), *user.tests()):
            text = user.open(path)
            if any("def broken(:" in line for line in text.lines):
                text.lines = [line for line in text.lines if "def broken(:" not in line]
                user.save(path, text)
