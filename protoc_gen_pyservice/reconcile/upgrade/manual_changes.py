"""Changes that an upgraded file still needs and that the user has to make, by line."""

import re
from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

import libcst as cst

from ..handlers.import_statement import Alias, read_import
from ..handlers.python_file import PythonFile, parse
from .changed_calls import CHANGED_SIGNATURES, REMOVED_NAMES
from .index import Index
from .moved import PUBLIC_MODULES, new_module_of, new_names_of
from .references import ImportNode, References
from .spelling import Spelling

_STRING = re.compile(r"[\w.]+")
_OLD_ATTRIBUTES = {"replies": "responses", "reply": "response"}
_TESTS_OF_CALLS = frozenset({"tests._runtime.calls", "tests.gen.service", "tests.gen.house"})


class ManualChange(NamedTuple):
    """A change that the user has to make in one line."""

    line: int
    text: str


def find_manual_changes(
    path: str, content: bytes, packages: tuple[str, ...], user_modules: Mapping[str, Container[str]]
) -> list[ManualChange]:
    """Return the changes that a file needs: what is broken, and what depends on private modules of the runtime.

    ``user_modules`` are old modules that are user files now, with the names in them.

    Raises UnreadableError.
    """
    finder = _Finder(parse(path, content), Spelling(path, packages), user_modules)
    changes = [*finder.imports(), *finder.strings(), *finder.attributes()]
    return sorted(dict.fromkeys(changes))


class _Finder:
    def __init__(self, file: PythonFile, spelling: Spelling, user_modules: Mapping[str, Container[str]]) -> None:
        self._file = file
        self._spelling = spelling
        self._user_modules = user_modules
        self._index = Index(file.module)
        self._references = References(file)
        self._calls = {id(call.func): call for call in self._index.calls}

    def imports(self) -> Iterator[ManualChange]:
        for node in self._index.imports:
            statement = read_import(node)
            assert statement is not None
            for alias in statement.aliases:
                key = self._spelling.key(statement.module or alias.name)
                if key is not None:
                    yield from self._imported(node, key, alias, is_from=bool(statement.module))

    def _imported(self, node: ImportNode, key: str, alias: Alias, is_from: bool) -> Iterator[ManualChange]:
        line, whole = self._file.line(node), f"{key}.{alias.name}" if is_from else key
        if is_from and whole in self._user_modules:
            yield from self._moved_attributes(node, whole, alias)
        for module in (whole, key):
            if new_module_of(module) is not None and module not in self._user_modules:
                yield ManualChange(line, self._describe_move(module, alias.name if is_from and module == key else ""))
                return
        if is_from and (key, alias.name) in REMOVED_NAMES:
            hint = REMOVED_NAMES[key, alias.name].format(package=self._spelling.packages[0])
            yield ManualChange(line, f"{self._full_name(key)} has no {alias.name} any more: {hint}")
        deep = whole if whole in PUBLIC_MODULES else key
        if deep.startswith(".runtime.") and deep not in PUBLIC_MODULES:
            yield ManualChange(line, f"reaches deeper than the public modules of the runtime ({self._full_name(deep)})")
        if is_from and (key, alias.name) in CHANGED_SIGNATURES:
            for use in self._references.of_import(node, alias.local):
                if id(use) in self._calls:
                    yield ManualChange(self._file.line(use), f"{alias.local}: {CHANGED_SIGNATURES[key, alias.name]}")

    def _moved_attributes(self, node: ImportNode, module: str, alias: Alias) -> Iterator[ManualChange]:
        """Yield the uses of attributes that moved out of an old module that is a user file now."""
        for use in self._references.of_import(node, alias.local):
            attribute = self._index.attribute_of.get(id(use))
            name = attribute.attr.value if attribute is not None else ""
            target = new_names_of(module).get(name)
            if target is not None and name not in self._user_modules[module]:
                yield ManualChange(
                    self._file.line(use), f"{alias.local}.{name} is in {self._full_name(target.module)} now"
                )

    def _describe_move(self, module: str, name: str) -> str:
        new_module = new_module_of(module)
        assert new_module is not None
        old, new = self._full_name(module), self._full_name(new_module)
        if name and name not in new_names_of(module):
            return f"imports {name} from {old}, which is {new} now and may have no {name}"
        return f"imports {old}, which is {new} now"

    def _full_name(self, key: str) -> str:
        return f"{self._spelling.packages[0]}{key}" if key.startswith(".") else key

    def strings(self) -> Iterator[ManualChange]:
        """Yield the strings that name an old module, such as arguments of `mock.patch`."""
        for node in self._index.strings:
            value = node.evaluated_value
            if not isinstance(value, str) or "." not in value or not _STRING.fullmatch(value):
                continue
            key = self._spelling.key(value) if not value.startswith(".") else None
            while key:
                new_module = new_module_of(key)
                if new_module is not None and key not in self._user_modules:
                    yield ManualChange(
                        self._file.line(node), f"names {value}, which is in {self._full_name(new_module)} now"
                    )
                    break
                key = key.rpartition(".")[0]

    def attributes(self) -> Iterator[ManualChange]:
        """Yield the attributes that may be renamed members, where the class is not known."""
        modules = {
            self._spelling.key(statement.module) for node in self._index.imports if (statement := read_import(node))
        }
        if modules & _TESTS_OF_CALLS:
            for attribute in self._index.attributes:
                if attribute.attr.value in _OLD_ATTRIBUTES:
                    old, new = attribute.attr.value, _OLD_ATTRIBUTES[attribute.attr.value]
                    yield ManualChange(
                        self._file.line(attribute), f"if .{old} is that of End or Method, it is .{new} now"
                    )
        if ".gen.clients" in modules or ".gen.sync_clients" in modules:
            for call in self._index.calls:
                function = call.func
                if isinstance(function, cst.Attribute) and function.attr.value == "done" and not call.args:
                    text = "if .done() is that of a stream of requests, it is .close_send() now"
                    yield ManualChange(self._file.line(call), text)
