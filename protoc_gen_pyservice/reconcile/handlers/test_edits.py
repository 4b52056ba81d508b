"""The tests of one service: new ones are added, untouched ones follow their RPC, edited ones stay."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import libcst as cst

from ...inputs.tree import Tree
from ...manifest import HANDLER_TESTS
from ...model.services import Method, Service
from ..rpc_changes import Changes, Pair
from .imports import added, generated_pairs, missing
from .python_file import PythonFile, parse
from .records import HandlerResult, Update
from .scope import bound
from .splice import Edit
from .stale_imports import unresolved_imports, update_imports

_BLANK_LINES = 2
"""Empty lines between top-level functions."""


def update_tests(
    update: Update, changes: Changes, tree: Tree, package: str, removed_modules: frozenset[str], result: HandlerResult
) -> None:
    """Edit the test file of a service, wherever below tests/handlers it is; does nothing if there is none.

    Tests whose part is switched off are not changed, nor are tests from before the service was first generated.
    Raises UnreadableError, with no edit made, for a file that does not parse.
    """
    test_file = _find(update, tree) if update.test is not None else None
    if test_file is None or update.test is None or update.previous is None:
        return
    file = parse(*test_file)
    before = parse(update.test_path, update.previous_test.encode()) if update.previous_test is not None else None
    session = _Session(file, before, parse(update.test_path, update.test.encode()))
    for method in changes.removed:
        session.remove(method)
    for pair in (*changes.renamed, *changes.changed):
        session.change(pair)
    for method in changes.added:
        session.add(method)
    if update.tests_returned:
        session.catch_up(update.service, changes)
    after = update_imports(session.edited(package), session.generated, session.now, update, package, removed_modules)
    result.put(after, file.content)
    names = _functions(after)
    result.todo += [f"{after.place(names[left.test])} {left.test} {left.why}" for left in session.left]
    result.todo += unresolved_imports(after, package, removed_modules)


def _find(update: Update, tree: Tree) -> tuple[str, bytes] | None:
    """Return the path of the tests: the usual one, or a file that names the client and has tests of these RPCs."""
    client = update.service.client.encode()
    content = tree.read(update.test_path)
    untouched = (update.previous_test or "").encode().split()
    # Tests of a service that had no RPC do not name its client yet.
    if content is not None and (client in content or (untouched and content.split() == untouched)):
        return update.test_path, content
    methods = (*update.service.methods, *(update.previous.methods if update.previous else ()))
    known = "|".join({re.escape(_name(method)) for method in methods})
    for path in tree.files(HANDLER_TESTS) if known else ():
        content = tree.read(path) if path.endswith(".py") else None
        if content and client in content and re.search(rf"def ({known})\b".encode(), content):
            return path, content
    return None


def _name(method: Method) -> str:
    return f"test_{method.attribute}"


def _functions(file: PythonFile) -> Mapping[str, cst.FunctionDef]:
    """Return the tests of a file, at its top level and in its classes."""
    classes = [node for node in file.module.body if isinstance(node, cst.ClassDef)]
    inside = (bound([node.body]).functions for node in classes)
    methods = {name: nodes[-1] for functions in inside for name, nodes in functions.items()}
    return {**methods, **{name: nodes[-1] for name, nodes in bound(file.module.body).functions.items()}}


class _Left(NamedTuple):
    """An edited test, and the action that it needs."""

    test: str
    why: str


class _Session:
    """The edits of one test file, collected."""

    def __init__(self, file: PythonFile, before: PythonFile | None, now: PythonFile) -> None:
        self.file = file
        self.now = now
        self.mine = _functions(file)
        self.old = _texts(before) if before is not None else {}
        self.new = _texts(now)
        self.generated = generated_pairs(file.path, before, now)
        self.edits: list[Edit] = []
        self.appended: list[str] = []
        self.needing: list[cst.CSTNode] = []
        self.left: list[_Left] = []

    def add(self, method: Method) -> None:
        """Append a test, if there is none of that name."""
        name = _name(method)
        if name not in self.mine and name in self.new:
            self.appended.append(name)
            self.needing.append(self.now.functions()[name])

    def remove(self, method: Method) -> None:
        """Drop the test of a removed RPC, if it is unedited."""
        name = _name(method)
        if self._is_untouched(name):
            self._drop(name)
        elif name in self.mine and self._calls(name, method):
            self.left.append(_Left(name, f"still calls {method.attribute}, which was removed"))

    def change(self, pair: Pair) -> None:
        """Replace the test of a changed RPC, if it is unedited."""
        old, new = _name(pair.old), _name(pair.new)
        if not self._is_untouched(old):
            if old in self.mine and self._calls(old, pair.old):
                self.left.append(_Left(old, _why(pair)))
        elif old != new and new in self.mine:
            self._drop(old)
        elif self.new.get(new, self.old[old]) != self.old[old]:
            self.edits.append(self.file.source.replaced(*self.file.block(self.mine[old]), self.new[new]))
            self.needing.append(self.now.functions()[new])

    def catch_up(self, service: Service, changes: Changes) -> None:
        """Add the tests of RPCs that were added while tests were switched off, and report those of removed RPCs."""
        known = {m.attribute for m in (*changes.added, *changes.removed)}
        known |= {m.attribute for pair in (*changes.renamed, *changes.changed) for m in pair}
        for method in service.methods:
            if method.attribute not in known:
                self.add(method)
        known |= {method.attribute for method in service.methods}
        for name, node in self.mine.items():
            attribute = name.removeprefix("test_")
            called = re.search(rf"\b{service.client}\b(.|\n)*\.{attribute}\b", self.file.code(node))
            if attribute not in known and called:
                self.left.append(_Left(name, f"calls {attribute}, which is not an RPC of {service.full}"))

    def edited(self, package: str) -> PythonFile:
        """Return the file with the edits and the imports that they need."""
        statements = missing(self.file, (self.now,), self.needing)
        defined = [node for node in self.file.module.body if isinstance(node, (cst.FunctionDef, cst.ClassDef))]
        limit = self.file.block(defined[0])[0] if defined else None
        edits = added(self.file, statements, self.generated, package, limit)
        return self.file.edited([*edits, *self.edits, *self._at_the_end()])

    def _at_the_end(self) -> list[Edit]:
        if not self.appended:
            return []
        end = len(self.file.source.text)
        text = self.file.source.text
        blank = len(re.findall(r"\r\n?|\n", text[len(text.rstrip()) :])) - 1
        lines = [""] * max(0, min(_BLANK_LINES, _BLANK_LINES - blank))
        for number, name in enumerate(self.appended):
            lines += [*([""] * _BLANK_LINES if number else []), *self.new[name]]
        return [self.file.source.inserted(end, lines)]

    def _is_untouched(self, name: str) -> bool:
        return name in self.mine and name in self.old and _text(self.file, self.mine[name]) == self.old[name]

    def _calls(self, name: str, method: Method) -> bool:
        return re.search(rf"\.{method.attribute}\b", self.file.code(self.mine[name])) is not None

    def _drop(self, name: str) -> None:
        """Drop a function with the empty lines above it."""
        start, end = self.file.block(self.mine[name])
        text = self.file.source.text
        above = text[:start].rstrip()
        first = self.file.source.line_end(len(above)) if above else 0
        self.edits.append(Edit(min(first, start), end, ""))


def _why(pair: Pair) -> str:
    if pair.old.attribute != pair.new.attribute:
        return f"still calls {pair.old.attribute}, which is {pair.new.attribute} now"
    if pair.old.signature != pair.new.signature:
        return f"calls {pair.new.attribute}, which is {pair.new.signature} now"
    return f"calls {pair.new.attribute}, whose types are in another module now"


def _texts(file: PythonFile) -> dict[str, list[str]]:
    return {name: _text(file, node) for name, node in file.functions().items()}


def _text(file: PythonFile, node: cst.FunctionDef) -> list[str]:
    return file.lines(*file.block(node))
