"""The imports of a file resolved by the table: the statements that replace them, and the names to rename."""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

import libcst as cst

from ..handlers.import_statement import Alias, Statement, read_import
from .index import Index
from .moved import Target, new_module_of, new_names_of, public_target
from .references import ImportNode, References
from .renamed_members import BUILT_IN, KNOWN_SYMBOLS, Symbol
from .spelling import Spelling


class Change(NamedTuple):
    """A name in the file that gets a new name."""

    node: cst.CSTNode
    old: str
    new: str


class Bindings(NamedTuple):
    """The imports of a file, resolved by the table."""

    statements: Mapping[ImportNode, tuple[Statement, ...]]
    """The statements that replace each import; unchanged imports are not included."""
    changes: tuple[Change, ...]
    symbols: Mapping[int, Symbol]
    """The old symbol that a node refers to, by the node's identity."""
    unused: frozenset[tuple[str, Alias]]
    """Imports that are unused once the changes are made: the module, as the file writes it, and the name."""


def read_bindings(
    index: Index,
    references: References,
    spelling: Spelling,
    kept_names: Mapping[str, Container[str]],
    exported: Container[str],
) -> Bindings:
    """Resolve all imports of a file by the table, and return the result.

    ``kept_names`` are names that stay in their old module, ``exported`` those that other files import from this one.
    """
    reader = _Reader(index, references, spelling, kept_names, exported)
    statements = {node: new for node in index.imports if (new := reader.replacement(node)) is not None}
    return Bindings(statements, tuple(reader.changes), reader.symbols, frozenset(reader.unused))


class _Reader:
    def __init__(
        self,
        index: Index,
        references: References,
        spelling: Spelling,
        kept_names: Mapping[str, Container[str]],
        exported: Container[str],
    ) -> None:
        self._index = index
        self._references = references
        self._spelling = spelling
        self._kept_names = kept_names
        self._exported = exported
        self.changes: list[Change] = []
        self.symbols: dict[int, Symbol] = {}
        self.unused: set[tuple[str, Alias]] = set()

    def replacement(self, node: ImportNode) -> tuple[Statement, ...] | None:
        """Return the statements that replace an import; None if it does not change."""
        statement = read_import(node)
        assert statement is not None
        aliases = [self._alias(node, statement.module, alias) for alias in statement.aliases]
        same = [(statement.module, alias) for alias in statement.aliases]
        if aliases == same:
            return None
        # isort writes an alias with `as` in a statement of its own.
        groups: dict[tuple[str, str], list[Alias]] = {}
        for written, alias in aliases:
            groups.setdefault((written, alias.local if alias.local != alias.name else ""), []).append(alias)
        return tuple(Statement(written, tuple(dict.fromkeys(group))) for (written, _), group in groups.items())

    def _alias(self, node: ImportNode, module: str, alias: Alias) -> tuple[str, Alias]:
        """Return the module to import from, as the file writes it, and the name to import."""
        if not module:
            return "", self._import_module(node, alias)
        key = self._spelling.key(module)
        if key is None or alias.name == "*":
            return module, alias
        new_module = new_module_of(f"{key}.{alias.name}")
        if new_module is not None:
            return self._import_submodule(node, module, alias, f"{key}.{alias.name}", new_module)
        symbol = Symbol(key, alias.name)
        if symbol in BUILT_IN:
            return self._import_builtin(node, module, alias, BUILT_IN[symbol])
        self._rename_builtins(node, module, alias, f"{key}.{alias.name}", alias.local)
        target = new_names_of(key).get(alias.name)
        if target is not None or symbol in KNOWN_SYMBOLS:
            uses = self._references.of_import(node, alias.local)
            self.symbols.update((id(use), symbol) for use in uses)
        if target is None or alias.name in self._kept_names.get(key, ()):
            return module, alias
        if "." in target.name and self._is_exported(alias):
            return module, alias
        target = public_target(target)
        written = self._spelling.written(target.module, module.startswith("."))
        return written, self._import_name(node, alias, target)

    def _import_builtin(self, node: ImportNode, module: str, alias: Alias, new: str) -> tuple[str, Alias]:
        """Return the import of a name that is a builtin now: unused, or from builtins if the name has to stay."""
        if self._keeps_name(alias, new):
            return "builtins", Alias(new, alias.local)
        self.changes += [Change(use, alias.local, new) for use in self._references.of_import(node, alias.local)]
        self.unused.add((module, alias))
        return module, alias

    def _rename_builtins(self, node: ImportNode, module: str, alias: Alias, key: str, local: str) -> None:
        """Change the attributes of a module, ``key``, that are builtins now."""
        if not any(symbol.module == key for symbol in BUILT_IN):
            return
        uses = [self._index.attribute_of.get(id(use)) for use in self._references.of_import(node, local)]
        names = [(use, BUILT_IN.get(Symbol(key, use.attr.value))) for use in uses if use is not None]
        changes = [Change(use, "", new) for use, new in names if new is not None]
        self.changes += changes
        if changes and len(changes) == len(uses) and not self._is_exported(alias):
            self.unused.add((module, alias))

    def _import_name(self, node: ImportNode, alias: Alias, target: Target) -> Alias:
        """Return the alias of a moved name, and rename its uses."""
        first, dot, _ = target.name.partition(".")
        renamed = alias.local != alias.name
        if not dot and (renamed or (first != alias.name and self._keeps_name(alias, first))):
            return Alias(first, alias.local)
        for use in self._references.of_import(node, alias.local):
            if target.name != alias.local:
                self.changes.append(Change(use, alias.local, target.name))
        return Alias(first, first)

    def _keeps_name(self, alias: Alias, new: str) -> bool:
        """Return whether a name must not change: its new one is taken in this file, or other files import it."""
        return self._is_exported(alias) or self._references.binds(new)

    def _is_exported(self, alias: Alias) -> bool:
        return alias.local in self._exported or alias.local in self._index.exported

    def _import_submodule(
        self, node: ImportNode, written: str, alias: Alias, old: str, new_module: str
    ) -> tuple[str, Alias]:
        """Return the new import of a module by ``from``, as in ``from ..server import tls``."""
        uses = [self._index.attribute_of.get(id(use)) for use in self._references.of_import(node, alias.local)]
        if self._is_kept(old, uses):
            return written, alias
        module = self._rename_attributes(old, new_module, uses)
        parent, _, last = module.rpartition(".")
        return self._spelling.written(parent, written.startswith(".")), Alias(last, alias.local)

    def _import_module(self, node: ImportNode, alias: Alias) -> Alias:
        """Return the new alias of ``import market.server.tls``, with or without ``as``."""
        old = self._spelling.key(alias.name)
        new_module = new_module_of(old) if old else None
        is_named = alias.local != alias.name.partition(".")[0]
        local = alias.local if is_named else alias.name
        if old is None or new_module is None:
            self._rename_builtins(node, "", alias, old or "", local)
            return alias
        uses = self._references.of_import(node, local)
        attributes = [self._index.attribute_of.get(id(use)) for use in uses]
        if self._is_kept(old, attributes):
            return alias
        module = self._rename_attributes(old, new_module, attributes)
        written = self._spelling.written(module, relative=False)
        if not is_named:
            self.changes += [Change(use, alias.name, written) for use in uses]
        return Alias(written, alias.local if is_named else written.partition(".")[0])

    def _is_kept(self, module: str, uses: Sequence[cst.Attribute | None]) -> bool:
        """Return whether an attribute of a module is used that stays in the old module."""
        kept_names = self._kept_names.get(module, ())
        return any(use is not None and use.attr.value in kept_names for use in uses)

    def _rename_attributes(self, old: str, new_module: str, uses: Sequence[cst.Attribute | None]) -> str:
        """Rename the attributes that are used of a module; return the module that has all of them."""
        names = new_names_of(old)
        moved = [(use, names[use.attr.value]) for use in uses if use is not None and use.attr.value in names]
        modules = {public_target(target).module for _, target in moved}
        module = modules.pop() if len(modules) == 1 and len(moved) == len(uses) else new_module
        for use, target in moved:
            self.symbols[id(use)] = Symbol(old, use.attr.value)
            if target.name != use.attr.value and module in (target.module, public_target(target).module):
                self.changes.append(Change(use.attr, use.attr.value, target.name))
        return module


def imported_symbols(index: Index, spelling: Spelling) -> Iterator[Symbol]:
    """Yield the symbols that a file imports from modules of the project, by their old modules."""
    for node in index.imports:
        statement = read_import(node)
        key = spelling.key(statement.module) if statement is not None and statement.module else None
        if statement is not None and key is not None:
            yield from (Symbol(key, alias.name) for alias in statement.aliases)
