"""The Python module of each message, and the lines that import it."""

import re
from collections.abc import Iterable, Iterator, Sequence

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

from .. import identifiers
from ..inputs.distributions import shipped_by
from .modules import compiler_path, module_path
from .names import Names
from .project import MAX_LINE_COLUMNS
from .services import Import, Type

_MESSAGE_IMPORT = ("google.protobuf.message", "Message")
_NUMBERS = re.compile(r"(\d+)")


class TypeTable:
    """Looks up a message by the name descriptors use (``.orders.v1.Order``)."""

    def __init__(self, files: Sequence[FileDescriptorProto], names: Names) -> None:
        self._files = {full: file for file in files for full in _messages(file)}
        self._names = names
        self._known: dict[str, Type] = {}

    def __getitem__(self, type_name: str) -> Type:
        full = type_name.lstrip(".")
        type_ = self._known.get(full)
        if type_ is None:
            type_ = self._known[full] = self._make(full, self._files[full])
        return type_

    def _make(self, full: str, file: FileDescriptorProto) -> Type:
        module = self.module(file)
        path = full[len(file.package) + 1 :] if file.package else full
        expression = module.alias
        reachable = True
        for part in path.split("."):
            if reachable and identifiers.is_reachable(part):
                expression = f"{expression}.{part}"
            else:
                expression, reachable = f'getattr({expression}, "{part}")', False
        return Type(full, module, expression, expression if reachable else "Message")

    def module(self, file: FileDescriptorProto) -> Import:
        """Return the message module of a proto."""
        distribution = shipped_by(file.name)
        path = compiler_path(file.name) if distribution else module_path(file.name, self._names.reserved)
        folder, _, name = path.rpartition("/")
        alias = self._names.alias(file.name, file.package, name)
        return Import(folder.replace("/", "."), name, alias, distribution.name if distribution else None)


def import_lines(
    modules: Iterable[Import],
    gen: str,
    names: Iterable[tuple[str, str]],
    unnamed: bool = False,
    plain: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Return import statements in isort's order: third-party ones, an empty line, the project's own.

    ``gen`` is how the importing file calls the project's ``gen`` package (``..gen``, ``.``); ``names`` are
    further (module, name) pairs; ``unnamed`` adds protobuf's ``Message``; ``plain`` are third-party
    modules imported whole.
    """
    outside = [_MESSAGE_IMPORT] if unnamed else []
    own = list(names)
    for module in modules:
        if module.distribution:
            outside.append((module.module, module.clause))
        else:
            own.append((_below(gen, module.module), module.clause))
    first = [*(f"import {module}" for module in plain), *_statements(outside)]
    second = _statements(own)
    return (*first, *([""] if first and second else []), *second)


def _below(gen: str, module: str) -> str:
    return f"{gen}{module}" if gen.endswith(".") or not module else f"{gen}.{module}"


def _statements(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return one statement for each module, and one for each name that is imported under another."""
    statements: list[tuple[str, list[str]]] = []
    together: dict[str, list[str]] = {}
    for module, clause in sorted(set(pairs), key=_natural):
        if " as " in clause:
            statements.append((module, [clause]))
        elif module in together:
            together[module].append(clause)
        else:
            statements.append((module, together.setdefault(module, [clause])))
    return [_statement(module, clauses) for module, clauses in statements]


def _statement(module: str, clauses: Sequence[str]) -> str:
    """Return one import; one name on each line, as black formats it, if the line would be too long."""
    line = f"from {module} import {', '.join(clauses)}"
    if len(line) <= MAX_LINE_COLUMNS:
        return line
    return "\n".join([f"from {module} import (", *(f"    {clause}," for clause in clauses), ")"])


def _natural(pair: tuple[str, str]) -> tuple[int, list[tuple[int, str, int]], int, list[tuple[int, str, int]]]:
    """Return isort's sort key: ``..`` before ``.``, classes before functions, ignoring case, numbers by value."""
    module, name = pair
    below = module.lstrip(".")
    return len(below) - len(module), _words(below), not name[0].isupper(), _words(name)


def _words(text: str) -> list[tuple[int, str, int]]:
    return [(0, "", int(part)) if part.isdigit() else (1, part.lower(), 0) for part in _NUMBERS.split(text) if part]


def _messages(file: FileDescriptorProto) -> Iterator[str]:
    def walk(scope: str, descriptor: DescriptorProto) -> Iterator[str]:
        full = f"{scope}.{descriptor.name}" if scope else descriptor.name
        yield full
        for nested in descriptor.nested_type:
            yield from walk(full, nested)

    for message in file.message_type:
        yield from walk(file.package, message)
