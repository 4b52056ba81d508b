"""Edits of one handler class: stubs added, methods renamed, signatures updated."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import libcst as cst

from ...model.services import Method
from ..rpc_changes import Changes, Pair, types_changed
from .handler_class import HandlerClass, class_in
from .imports import Pairs, added, generated_pairs, missing
from .python_file import PythonFile, parse
from .records import HandlerResult, Update
from .signature import is_async, misfits, outdated, revise
from .splice import Edit, UnreadableError
from .stale_imports import unresolved_imports, update_imports
from .stub import Stub, generated_stubs, indented


def update_class(
    handler: HandlerClass,
    update: Update,
    changes: Changes,
    pending: Sequence[Method],
    package: str,
    removed_modules: frozenset[str],
    result: HandlerResult,
) -> Changes:
    """Edit the file of a handler class, and report the edits.

    Returns the changes that were made: a rename that the class does not allow becomes an addition and
    a removal. Raises UnreadableError, with no edit made, if the outcome would be wrong.
    """
    changes = _possible(handler, changes)
    session = _Session(handler, update)
    for pair in changes.renamed:
        session.rename(pair)
    for pair in changes.changed:
        session.change(pair)
    session.add([m for m in update.service.methods if m in changes.added or m in pending])
    file = update_imports(
        session.edited(package), session.generated, session.style.now, update, package, removed_modules
    )
    now = _checked(file, handler, update, session.added)
    result.put(file, handler.file.content)
    _report(now, update, changes, session, removed_modules, result)
    result.todo += unresolved_imports(file, package, removed_modules)
    return changes


class _Style(NamedTuple):
    """The handler file as it is generated with one style of methods, now and from the previous service."""

    now: PythonFile
    new: dict[str, Stub]
    before: PythonFile | None
    old: dict[str, Stub]

    @classmethod
    def of(cls, update: Update, handler: str, previous_handler: str | None) -> "_Style":
        """Return the style of a handler file's text."""
        now = parse(update.handler_path, handler.encode())
        new = generated_stubs(now, update.service.servicer)
        if previous_handler is None or update.previous is None:
            return cls(now, new, None, {})
        before = parse(update.handler_path, previous_handler.encode())
        return cls(now, new, before, generated_stubs(before, update.previous.servicer))

    def has(self, node: cst.FunctionDef) -> bool:
        """Return whether a method is of this style."""
        return any(is_async(stub.node) == is_async(node) for stub in (*self.new.values(), *self.old.values()))


class _Session:
    """The edits of one file, collected."""

    def __init__(self, handler: HandlerClass, update: Update) -> None:
        self.handler = handler
        self.style = _Style.of(update, update.handler, update.previous_handler)
        self.other_style = _Style.of(update, update.other_handler, update.previous_other_handler)
        self.edits: list[Edit] = []
        self.needing: list[cst.CSTNode] = []
        self.added: list[Method] = []
        self.unknown: list[Pair] = []
        self.edited_bodies: list[Pair] = []

    def rename(self, pair: Pair) -> None:
        """Rename the method; an unedited one becomes the new stub."""
        if not self._replace(pair):
            for node in self.handler.bound.functions.get(pair.old.attribute, ()):
                start, end = self.handler.file.start(node.name), self.handler.file.end(node.name)
                self.edits.append(Edit(start, end, pair.new.attribute))
            self._revise(pair)

    def change(self, pair: Pair) -> None:
        """Update the signature; an unedited method becomes the new stub."""
        if pair.old.attribute != pair.new.attribute:
            self.rename(pair)
        elif not self._replace(pair):
            self._revise(pair)

    def add(self, methods: Sequence[Method]) -> None:
        """Append stubs of methods that the class does not have."""
        self.added = [method for method in methods if method.attribute not in self.handler.attributes]
        if not self.added:
            return
        stubs = [self.style.new[method.attribute] for method in self.added]
        self.needing += [stub.node for stub in stubs]
        margin, unit = self.handler.margin, self.handler.unit
        self.edits += self.handler.appended([indented(stub.parts.all, margin, unit) for stub in stubs])

    def edited(self, package: str) -> PythonFile:
        """Return the file with the edits and the imports that they need."""
        file = self.handler.file
        statements = missing(file, (self.style.now, self.other_style.now), self.needing)
        edits = added(file, statements, self.generated, package, file.start(self.handler.node))
        return file.edited([*edits, *self.edits])

    @property
    def generated(self) -> Pairs:
        """The imports that are generated, now or from the previous service, with either style."""
        return generated_pairs(self.handler.file.path, *self._rendered)

    @property
    def _rendered(self) -> tuple[PythonFile | None, ...]:
        return tuple(file for style in (self.style, self.other_style) for file in (style.before, style.now))

    def _replace(self, pair: Pair) -> bool:
        nodes = self.handler.bound.functions.get(pair.old.attribute, [])
        style = self.style if nodes and self.style.has(nodes[0]) else self.other_style
        before = style.old.get(pair.old.attribute)
        if len(nodes) != 1 or before is None:
            return False
        mine = Stub.of(self.handler.file, nodes[0])
        if not mine.is_like(before):
            return False
        now = style.new[pair.new.attribute]
        self.edits += mine.become(before, now, self.handler.unit)
        self.needing.append(now.node)
        return True

    def _revise(self, pair: Pair) -> None:
        node = self.handler.method(pair.old.attribute)
        if node is None:
            return
        revised = revise(self.handler, node, pair)
        self.edits += revised.edits
        self.needing += [cst.parse_expression(text) for text in revised.annotations]
        self.edited_bodies.append(pair)
        if revised.unknown:
            self.unknown.append(pair)


def _possible(handler: HandlerClass, changes: Changes) -> Changes:
    """Return the changes, with renames only if the class has the old method or already the new one."""
    refused = [pair for pair in (*changes.renamed, *changes.changed) if not _can_rename(handler, pair)]
    return Changes(
        [*changes.added, *(pair.new for pair in refused)],
        [*changes.removed, *(pair.old for pair in refused)],
        [pair for pair in changes.renamed if pair not in refused],
        [pair for pair in changes.changed if pair not in refused],
    )


def _can_rename(handler: HandlerClass, pair: Pair) -> bool:
    if pair.old.attribute == pair.new.attribute:
        return True
    if pair.new.attribute in handler.attributes:
        return pair.old.attribute not in handler.attributes
    functions = handler.bound.functions.get(pair.old.attribute, [])
    return len(functions) == 1 or (bool(functions) and all(_is_overload(node) for node in functions[:-1]))


def _is_overload(node: cst.FunctionDef) -> bool:
    names = (d.decorator.attr if isinstance(d.decorator, cst.Attribute) else d.decorator for d in node.decorators)
    return any(isinstance(name, cst.Name) and name.value == "overload" for name in names)


def _checked(file: PythonFile, handler: HandlerClass, update: Update, added: Sequence[Method]) -> HandlerClass:
    """Return the class in the edited file. Raises UnreadableError if it is not as expected."""
    node = class_in(file, update.service.servicer)
    now = HandlerClass(file, node) if node is not None else None
    if now is None or now.name != handler.name or not {m.attribute for m in added} <= now.attributes:
        raise UnreadableError(file.path, None, "its layout has no place for a new method")
    return now


def _report(
    handler: HandlerClass,
    update: Update,
    changes: Changes,
    session: _Session,
    removed_modules: frozenset[str],
    result: HandlerResult,
) -> None:
    service, file = update.service, handler.file

    def place(method: Method) -> str:
        node = handler.method(method.attribute)
        return file.place(node) if node is not None else file.place(handler.node)

    known = session.added if update.previous is None else [*changes.added, *session.added]
    for method in dict.fromkeys(known):
        result.changes.append(f"+ rpc {service.full}/{method.name}: {place(method)}")
    for method in changes.removed:
        result.changes.append(f"- rpc {service.full}/{method.name}")
        if handler.method(method.attribute) is not None:
            result.todo.append(f"{service.full}/{method.name} was removed, its method stays: {place(method)}")
    for old, new in changes.renamed:
        result.changes.append(f"rename rpc {service.full}/{old.name} -> {new.name} ({place(new)})")
        result.todo += _outdated_names(handler, old.attribute, new.attribute)
    for pair in changes.changed:
        if update.previous is not None and types_changed(pair, update.previous, service):
            result.changes.append(
                f"~ signature {service.full}/{pair.new.name} {pair.old.signature} -> {pair.new.signature} "
                f"({place(pair.new)})"
            )
    for pair in session.edited_bodies:
        subject = f"{place(pair.new)} {handler.name}.{pair.new.attribute}"
        node = handler.method(pair.new.attribute)
        result.todo += [f"{subject} {misfit}" for misfit in misfits(pair, node)]
        code = file.code(node.body) if node is not None else ""
        result.todo += [f"{subject} {problem}" for problem in outdated(pair, code, removed_modules)]
        if pair in session.unknown:
            result.todo.append(f"{subject} has edited annotations, which stay; the RPC is {pair.new.signature} now")


def _outdated_names(handler: HandlerClass, old: str, new: str) -> list[str]:
    """Return places in the class that use a method by its old name."""
    if old in handler.attributes:
        return []
    start, end = handler.file.start(handler.node), handler.file.end(handler.node)
    uses = re.compile(rf"\b(?:self|super\(\))\.{old}\b").finditer(handler.file.source.text, start, end)
    lines = dict.fromkeys(handler.file.source.line(match.start()) for match in uses)
    return [f"{handler.file.path}:{line} still uses {old}, which is {new} now" for line in lines]
