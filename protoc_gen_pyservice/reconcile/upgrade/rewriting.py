"""Bring one file of a person's over: imports and names by the table, and not a byte else."""

import re
from collections.abc import Container, Iterator, Mapping

import libcst as cst

from ...render.formatting import tidy
from ..handlers.import_statement import Statement, read_import
from ..handlers.python_file import PythonFile, parse
from ..handlers.splice import Edit
from .bindings import Bindings, Change, imported, read_bindings
from .import_groups import import_edits
from .import_region import is_plain_region, with_imports
from .index import Index
from .kinds import Kinds
from .references import ImportNode, References
from .renamed_members import ATTRIBUTES, KEYWORDS, UNMISTAKABLE
from .spelling import Spelling


def rewritten(
    path: str,
    content: bytes,
    packages: tuple[str, ...],
    kept: Mapping[str, Container[str]],
    line_length: int,
    exported: Container[str] = (),
) -> bytes:
    """The file with its imports moved and its names renamed; the same bytes where nothing is.

    ``packages`` are the names of the package, today's first; ``kept`` are names that stay in their old module, and
    ``exported`` those that other files import from this one. Where black had nothing to say, it has nothing
    afterwards. Raises UnreadableError.
    """
    after = _rewritten(path, content, packages, kept, exported)
    if after == content or b"\r" in content:
        return after
    before = content.decode("utf-8", "surrogateescape")
    if tidy(before, line_length) != before:
        return after
    return tidy(after.decode("utf-8", "surrogateescape"), line_length).encode("utf-8", "surrogateescape")


def _rewritten(
    path: str,
    content: bytes,
    packages: tuple[str, ...],
    kept: Mapping[str, Container[str]],
    exported: Container[str],
) -> bytes:
    file = parse(path, content)
    index, references = Index(file.module), References(file)
    spelling = Spelling(path, packages)
    bindings = read_bindings(index, references, spelling, kept, exported)
    edits = {
        *(_edit(file, change) for change in bindings.changes),
        *_members(file, index, references, bindings),
        *_unmistakable(file, index, spelling),
    }
    imports = _region_edit(file, bindings.statements, packages[0])
    bodies = index.bodies[1:] if imports else index.bodies
    return file.edited(
        [*imports, *import_edits(file, bodies, bindings.statements, packages[0]), *sorted(edits)]
    ).content


def _region_edit(file: PythonFile, changed: Mapping[ImportNode, tuple[Statement, ...]], package: str) -> list[Edit]:
    """The edit of all imports at the top, where one belongs to another section than it did."""
    sections = {node: old.key(package)[0] for node in changed if (old := read_import(node)) is not None}
    moves = any(one.key(package)[0] != sections[node] for node, found in changed.items() for one in found)
    return [with_imports(file, (), package, changed)] if moves and is_plain_region(file) else []


def _edit(file: PythonFile, change: Change) -> Edit:
    """A name, or a name in an annotation that is a string."""
    if isinstance(change.node, cst.Name | cst.Attribute):
        return Edit(file.start(change.node), file.end(change.node), change.new)
    text = re.sub(rf"(?<![\w.]){re.escape(change.old)}\b", lambda _: change.new, file.code(change.node))
    return Edit(file.start(change.node), file.end(change.node), text)


def _members(file: PythonFile, index: Index, references: References, bindings: Bindings) -> Iterator[Edit]:
    """Attributes of things whose class is known, and arguments of calls."""
    kinds = Kinds(index, references, bindings.meanings)
    for attribute in index.attributes:
        kind = kinds.of(attribute.value)
        new = ATTRIBUTES.get(kind, {}).get(attribute.attr.value) if kind is not None else None
        if new is not None:
            yield _renamed(file, attribute.attr, new)
    for call in index.calls:
        meaning = bindings.meanings.get(id(call.func))
        keywords = KEYWORDS.get(meaning, {}) if meaning is not None else {}
        for argument in call.args:
            if argument.keyword is not None and argument.keyword.value in keywords:
                yield _renamed(file, argument.keyword, keywords[argument.keyword.value])


def _unmistakable(file: PythonFile, index: Index, spelling: Spelling) -> Iterator[Edit]:
    """Members whose name means one thing in a file that imports their class."""
    names: dict[str, str] = {}
    for what in imported(index, spelling):
        names |= UNMISTAKABLE.get(what, {})
    for attribute in index.attributes:
        if attribute.attr.value in names:
            yield _renamed(file, attribute.attr, names[attribute.attr.value])
    for method in index.methods:
        if method.name.value in names:
            yield _renamed(file, method.name, names[method.name.value])


def _renamed(file: PythonFile, name: cst.Name, new: str) -> Edit:
    return Edit(file.start(name), file.end(name), new)
