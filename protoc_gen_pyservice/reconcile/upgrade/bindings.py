"""What the imports of a file become, and what it uses of them."""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

import libcst as cst

from ..handlers.import_statement import Alias, Statement, read_import
from .index import Index
from .moved import Target, home_of, names_of, public
from .references import ImportNode, References
from .renamed_members import MEANT, Class
from .spelling import Spelling


class Change(NamedTuple):
    """A name in the file that is written otherwise now."""

    node: cst.CSTNode
    old: str
    new: str


class Bindings(NamedTuple):
    """What comes of all imports of a file."""

    statements: Mapping[ImportNode, tuple[Statement, ...]]
    """The statements that take the place of one; without those that stay."""
    changes: tuple[Change, ...]
    meanings: Mapping[int, Class]
    """What a node means that uses an import: by the node's identity, in the words of the old modules."""


def read_bindings(
    index: Index,
    references: References,
    spelling: Spelling,
    kept: Mapping[str, Container[str]],
    exported: Container[str],
) -> Bindings:
    """Look up all imports of a file in the table.

    ``kept`` are names that stay in their old module, ``exported`` those that others import from this file.
    """
    reader = _Reader(index, references, spelling, kept, exported)
    statements = {node: new for node in index.imports if (new := reader.replaced(node)) is not None}
    return Bindings(statements, tuple(reader.changes), reader.meanings)


class _Reader:
    def __init__(
        self,
        index: Index,
        references: References,
        spelling: Spelling,
        kept: Mapping[str, Container[str]],
        exported: Container[str],
    ) -> None:
        self._index = index
        self._references = references
        self._spelling = spelling
        self._kept = kept
        self._exported = exported
        self.changes: list[Change] = []
        self.meanings: dict[int, Class] = {}

    def replaced(self, node: ImportNode) -> tuple[Statement, ...] | None:
        """The statements that take the place of one; None where it stays."""
        statement = read_import(node)
        assert statement is not None
        aliases = [self._alias(node, statement.module, alias) for alias in statement.aliases]
        same = [(statement.module, alias) for alias in statement.aliases]
        if aliases == same:
            return None
        # isort gives what has another name a statement of its own.
        groups: dict[tuple[str, str], list[Alias]] = {}
        for written, alias in aliases:
            groups.setdefault((written, alias.local if alias.local != alias.name else ""), []).append(alias)
        return tuple(Statement(written, tuple(dict.fromkeys(found))) for (written, _), found in groups.items())

    def _alias(self, node: ImportNode, module: str, alias: Alias) -> tuple[str, Alias]:
        """The module to import from, as the file writes it, and what of it."""
        if not module:
            return "", self._whole(node, alias)
        key = self._spelling.key(module)
        if key is None or alias.name == "*":
            return module, alias
        home = home_of(f"{key}.{alias.name}")
        if home is not None:
            return self._module(node, module, alias, f"{key}.{alias.name}", home)
        what = Class(key, alias.name)
        target = names_of(key).get(alias.name)
        if target is not None or what in MEANT:
            uses = self._references.of_import(node, alias.local)
            self.meanings.update((id(use), what) for use in uses)
        if target is None or alias.name in self._kept.get(key, ()):
            return module, alias
        if "." in target.name and self._is_exported(alias):
            return module, alias
        target = public(target)
        written = self._spelling.written(target.module, module.startswith("."))
        return written, self._named(node, alias, target)

    def _named(self, node: ImportNode, alias: Alias, target: Target) -> Alias:
        """One name of a module; where it is used, it gets its new name."""
        first, dot, _ = target.name.partition(".")
        renamed = alias.local != alias.name
        if not dot and (renamed or (first != alias.name and self._has_to_stay(alias, first))):
            return Alias(first, alias.local)
        for use in self._references.of_import(node, alias.local):
            if target.name != alias.local:
                self.changes.append(Change(use, alias.local, target.name))
        return Alias(first, first)

    def _has_to_stay(self, alias: Alias, new: str) -> bool:
        """Whether a name has to stay what it is in this file: its new one is taken, or others import it."""
        return self._is_exported(alias) or self._references.binds(new)

    def _is_exported(self, alias: Alias) -> bool:
        return alias.local in self._exported or alias.local in self._index.exported

    def _module(self, node: ImportNode, written: str, alias: Alias, old: str, home: str) -> tuple[str, Alias]:
        """A module that is imported as such: ``from ..server import tls``."""
        uses = [self._index.owner.get(id(use)) for use in self._references.of_import(node, alias.local)]
        if self._is_kept(old, uses):
            return written, alias
        module = self._attributes(old, home, uses)
        parent, _, last = module.rpartition(".")
        return self._spelling.written(parent, written.startswith(".")), Alias(last, alias.local)

    def _whole(self, node: ImportNode, alias: Alias) -> Alias:
        """``import market.server.tls``, with or without a name of its own."""
        old = self._spelling.key(alias.name)
        home = home_of(old) if old else None
        if old is None or home is None:
            return alias
        is_named = alias.local != alias.name.partition(".")[0]
        uses = self._references.of_import(node, alias.local if is_named else alias.name)
        taken = [self._index.owner.get(id(use)) for use in uses]
        if self._is_kept(old, taken):
            return alias
        module = self._attributes(old, home, taken)
        written = self._spelling.written(module, relative=False)
        if not is_named:
            self.changes += [Change(use, alias.name, written) for use in uses]
        return Alias(written, alias.local if is_named else written.partition(".")[0])

    def _is_kept(self, module: str, uses: Sequence[cst.Attribute | None]) -> bool:
        """Whether something is taken of a module that stays there."""
        kept = self._kept.get(module, ())
        return any(use is not None and use.attr.value in kept for use in uses)

    def _attributes(self, old: str, home: str, uses: Sequence[cst.Attribute | None]) -> str:
        """Rename what is taken of a module; returns the module that has all of it."""
        names = names_of(old)
        taken = [(use, names[use.attr.value]) for use in uses if use is not None and use.attr.value in names]
        faces = {public(target).module for _, target in taken}
        module = faces.pop() if len(faces) == 1 and len(taken) == len(uses) else home
        for use, target in taken:
            self.meanings[id(use)] = Class(old, use.attr.value)
            if target.name != use.attr.value and module in (target.module, public(target).module):
                self.changes.append(Change(use.attr, use.attr.value, target.name))
        return module


def imported(index: Index, spelling: Spelling) -> Iterator[Class]:
    """Everything that a file imports from modules of the project, in the words of the old modules."""
    for node in index.imports:
        statement = read_import(node)
        key = spelling.key(statement.module) if statement is not None and statement.module else None
        if statement is not None and key is not None:
            yield from (Class(key, alias.name) for alias in statement.aliases)
