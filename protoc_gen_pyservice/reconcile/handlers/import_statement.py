"""One import statement: its names, its text, and its place in isort's order."""

import re
import sys
from typing import NamedTuple

import libcst as cst

_FUTURE, _STANDARD, _OTHERS, _OWN, _RELATIVE = range(5)
"""The sections of an import block, in isort's order."""

_MAX_LINE_COLUMNS = 100
_NUMBERS = re.compile(r"(\d+)")

_Words = list[tuple[bool, int, str]]
Key = tuple[int, bool, int, _Words, _Words]


class Alias(NamedTuple):
    """One imported name, and its local name."""

    name: str
    local: str

    @property
    def clause(self) -> str:
        """The text after ``import``."""
        return self.name if self.local in (self.name, self.name.partition(".")[0]) else f"{self.name} as {self.local}"


_STAR = Alias("*", "*")


class Statement(NamedTuple):
    """``from <module> import <aliases>``; ``import <aliases>`` has an empty module."""

    module: str
    aliases: tuple[Alias, ...]

    @property
    def text(self) -> str:
        """The statement, in parentheses if it is too long for a line."""
        clauses = [alias.clause for alias in self.aliases]
        if not self.module:
            return f"import {', '.join(clauses)}"
        line = f"from {self.module} import {', '.join(clauses)}"
        if len(line) <= _MAX_LINE_COLUMNS or len(clauses) == 1:
            return line
        return "\n".join([f"from {self.module} import (", *(f"    {clause}," for clause in clauses), ")"])

    @property
    def pairs(self) -> set[tuple[str, Alias]]:
        """The module and alias of each import."""
        return {(self.module, alias) for alias in self.aliases}

    @property
    def locals(self) -> set[str]:
        """The names that it binds."""
        return {alias.local for alias in self.aliases}

    def only(self, names: set[str]) -> "Statement":
        """Return the statement with those of its aliases that bind one of the names."""
        return Statement(self.module, tuple(alias for alias in self.aliases if alias.local in names))

    def joined(self, other: "Statement") -> "Statement":
        """Return one statement for the imports of two from the same module, sorted."""
        aliases = dict.fromkeys((*self.aliases, *other.aliases))
        return Statement(self.module, tuple(sorted(aliases, key=lambda alias: _words(alias.name))))

    def deeper(self, folders: int) -> "Statement":
        """Return the statement for a file that many folders further down."""
        return Statement(f"{'.' * folders}{self.module}", self.aliases) if self.module.startswith(".") else self

    def key(self, package: str) -> Key:
        """Return isort's sort key: by section; whole modules first; relative ones from far to near; numbers by value."""
        module = self.module or self.aliases[0].name
        below = module.lstrip(".")
        names = " ".join(alias.name for alias in self.aliases) if self.module else ""
        return _section(module, package), bool(self.module), len(below) - len(module), _words(below), _words(names)


def read_import(node: cst.BaseSmallStatement) -> Statement | None:
    """Return the import of a statement; None for any other statement."""
    if isinstance(node, cst.Import):
        return Statement("", tuple(map(_alias, node.names)))
    if isinstance(node, cst.ImportFrom):
        aliases = (_STAR,) if isinstance(node.names, cst.ImportStar) else map(_alias, node.names)
        return Statement(_module(node), tuple(aliases))
    return None


def _alias(node: cst.ImportAlias) -> Alias:
    name = node.evaluated_name
    return Alias(name, node.evaluated_alias or name.partition(".")[0])


def _module(node: cst.ImportFrom) -> str:
    """Return the module as written, dots included."""
    name = cst.Module([]).code_for_node(node.module) if node.module is not None else ""
    return "." * len(node.relative) + re.sub(r"\s", "", name)


def _section(module: str, package: str) -> int:
    root = module.partition(".")[0]
    if not root:
        return _RELATIVE
    if root == "__future__":
        return _FUTURE
    if root in sys.stdlib_module_names:
        return _STANDARD
    return _OWN if root == package else _OTHERS


def _words(text: str) -> _Words:
    return [(False, int(p), "") if p.isdigit() else (True, 0, p.lower()) for p in _NUMBERS.split(text) if p]
