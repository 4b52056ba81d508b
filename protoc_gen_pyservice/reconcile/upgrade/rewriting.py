"""Rewrite imports and names of a user file by the table, and change no other byte."""

import re
from collections.abc import Container, Iterator, Mapping

import libcst as cst

from ...render.formatting import tidy
from ..handlers.import_statement import Statement, read_import
from ..handlers.python_file import PythonFile, parse
from ..handlers.splice import Edit
from .bindings import Bindings, Change, imported_symbols, read_bindings
from .import_groups import import_edits
from .import_region import is_plain_region, with_imports
from .index import Index
from .inferred_types import InferredTypes
from .references import ImportNode, References
from .renamed_members import ATTRIBUTES, KEYWORDS, UNAMBIGUOUS
from .spelling import Spelling
from .stubs import with_new_stubs
from .unused_imports import without_imports


def rewrite_file(
    path: str,
    content: bytes,
    packages: tuple[str, ...],
    kept_names: Mapping[str, Container[str]],
    line_length: int,
    exported: Container[str] = (),
) -> bytes:
    """Return the file with its imports and names rewritten; the same bytes if none changed.

    ``packages`` are the current and former names of the package; ``kept_names`` stay in their old module, and other
    files import the names ``exported`` from this one. A file that was formatted with black stays so.

    Raises UnreadableError.
    """
    after = _rewrite(path, content, packages, kept_names, exported)
    if after == content or b"\r" in content:
        return after
    before = content.decode("utf-8", "surrogateescape")
    if tidy(before, line_length) != before:
        return after
    return tidy(after.decode("utf-8", "surrogateescape"), line_length).encode("utf-8", "surrogateescape")


def _rewrite(
    path: str,
    content: bytes,
    packages: tuple[str, ...],
    kept_names: Mapping[str, Container[str]],
    exported: Container[str],
) -> bytes:
    file = parse(path, content)
    index, references = Index(file.module), References(file)
    spelling = Spelling(path, packages)
    bindings = read_bindings(index, references, spelling, kept_names, exported)
    edits = {
        *(_edit(file, change) for change in bindings.changes),
        *_member_edits(file, index, references, bindings),
        *_unambiguous_edits(file, index, spelling),
    }
    imports = _region_edit(file, bindings.statements, packages[0])
    bodies = index.bodies[1:] if imports else index.bodies
    after = file.edited([*imports, *import_edits(file, bodies, bindings.statements, packages[0]), *sorted(edits)])
    return with_new_stubs(without_imports(after, bindings.unused)).content


def _region_edit(file: PythonFile, changed: Mapping[ImportNode, tuple[Statement, ...]], package: str) -> list[Edit]:
    """Return the edit of the whole import region if an import moves to another section; else nothing."""
    sections = {node: old.key(package)[0] for node in changed if (old := read_import(node)) is not None}
    moves = any(one.key(package)[0] != sections[node] for node, new in changed.items() for one in new)
    return [with_imports(file, (), package, changed)] if moves and is_plain_region(file) else []


def _edit(file: PythonFile, change: Change) -> Edit:
    """Return the edit of a name, which may be part of an annotation in a string."""
    if isinstance(change.node, cst.Name | cst.Attribute):
        return Edit(file.start(change.node), file.end(change.node), change.new)
    text = re.sub(rf"(?<![\w.]){re.escape(change.old)}\b", lambda _: change.new, file.code(change.node))
    return Edit(file.start(change.node), file.end(change.node), text)


def _member_edits(file: PythonFile, index: Index, references: References, bindings: Bindings) -> Iterator[Edit]:
    """Yield the edits of attributes of objects whose class is known, and of keyword arguments."""
    types = InferredTypes(index, references, bindings.symbols)
    for attribute in index.attributes:
        kind = types.of(attribute.value)
        new = ATTRIBUTES.get(kind, {}).get(attribute.attr.value) if kind is not None else None
        if new is not None:
            yield _rename(file, attribute.attr, new)
    for call in index.calls:
        symbol = bindings.symbols.get(id(call.func))
        keywords = KEYWORDS.get(symbol, {}) if symbol is not None else {}
        for argument in call.args:
            if argument.keyword is not None and argument.keyword.value in keywords:
                yield _rename(file, argument.keyword, keywords[argument.keyword.value])


def _unambiguous_edits(file: PythonFile, index: Index, spelling: Spelling) -> Iterator[Edit]:
    """Yield the edits of members whose name is unambiguous in a file that imports their class."""
    names: dict[str, str] = {}
    for symbol in imported_symbols(index, spelling):
        names |= UNAMBIGUOUS.get(symbol, {})
    for attribute in index.attributes:
        if attribute.attr.value in names:
            yield _rename(file, attribute.attr, names[attribute.attr.value])
    for method in index.methods:
        if method.name.value in names:
            yield _rename(file, method.name, names[method.name.value])


def _rename(file: PythonFile, name: cst.Name, new: str) -> Edit:
    return Edit(file.start(name), file.end(name), new)
