"""What is left for a person to do in a file that was brought over, by file and line."""

import re
from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

import libcst as cst

from ..handlers.import_statement import Alias, read_import
from ..handlers.python_file import PythonFile, parse
from .changed_calls import CHANGED, GONE
from .index import Index
from .moved import FACES, home_of, names_of
from .references import ImportNode, References
from .spelling import Spelling

_STRING = re.compile(r"[\w.]+")
_OLD_ATTRIBUTES = {"replies": "responses", "reply": "response"}
_TESTS_OF_CALLS = frozenset({"tests._runtime.calls", "tests.gen.service", "tests.gen.house"})


class Leftover(NamedTuple):
    """One thing in one line."""

    line: int
    text: str


def leftovers(
    path: str, content: bytes, packages: tuple[str, ...], present: Mapping[str, Container[str]]
) -> list[Leftover]:
    """What does not work any more in a file, or will not for long.

    ``present`` are old modules that are people's now, and the names in them.

    Raises UnreadableError.
    """
    finder = _Finder(parse(path, content), Spelling(path, packages), present)
    found = [*finder.imports(), *finder.strings(), *finder.attributes()]
    return sorted(dict.fromkeys(found))


class _Finder:
    def __init__(self, file: PythonFile, spelling: Spelling, present: Mapping[str, Container[str]]) -> None:
        self._file = file
        self._spelling = spelling
        self._present = present
        self._index = Index(file.module)
        self._references = References(file)
        self._calls = {id(call.func): call for call in self._index.calls}

    def imports(self) -> Iterator[Leftover]:
        for node in self._index.imports:
            statement = read_import(node)
            assert statement is not None
            for alias in statement.aliases:
                key = self._spelling.key(statement.module or alias.name)
                if key is not None:
                    yield from self._imported(node, key, alias, is_from=bool(statement.module))

    def _imported(self, node: ImportNode, key: str, alias: Alias, is_from: bool) -> Iterator[Leftover]:
        line, whole = self._file.line(node), f"{key}.{alias.name}" if is_from else key
        if is_from and whole in self._present:
            yield from self._taken(node, whole, alias)
        for module in (whole, key):
            if home_of(module) is not None and module not in self._present:
                yield Leftover(line, self._gone(module, alias.name if is_from and module == key else ""))
                return
        if is_from and (key, alias.name) in GONE:
            hint = GONE[key, alias.name].format(package=self._spelling.packages[0])
            yield Leftover(line, f"{self._named(key)} has no {alias.name} any more: {hint}")
        deep = whole if whole in FACES else key
        if deep.startswith(".runtime.") and deep not in FACES:
            yield Leftover(line, f"reaches deeper than the public modules of the runtime ({self._named(deep)})")
        if is_from and (key, alias.name) in CHANGED:
            for use in self._references.of_import(node, alias.local):
                if id(use) in self._calls:
                    yield Leftover(self._file.line(use), f"{alias.local}: {CHANGED[key, alias.name]}")

    def _taken(self, node: ImportNode, module: str, alias: Alias) -> Iterator[Leftover]:
        """What a file takes of an old module that is a person's now, and that is not there any more."""
        for use in self._references.of_import(node, alias.local):
            attribute = self._index.owner.get(id(use))
            name = attribute.attr.value if attribute is not None else ""
            target = names_of(module).get(name)
            if target is not None and name not in self._present[module]:
                yield Leftover(self._file.line(use), f"{alias.local}.{name} is in {self._named(target.module)} now")

    def _gone(self, module: str, name: str) -> str:
        home = home_of(module)
        assert home is not None
        if name and name not in names_of(module):
            return f"imports {name} from {self._named(module)}, which is {self._named(home)} now and may have no {name}"
        return f"imports {self._named(module)}, which is {self._named(home)} now"

    def _named(self, key: str) -> str:
        return f"{self._spelling.packages[0]}{key}" if key.startswith(".") else key

    def strings(self) -> Iterator[Leftover]:
        """Names of modules in strings, such as `mock.patch` takes."""
        for node in self._index.strings:
            value = node.evaluated_value
            if not isinstance(value, str) or "." not in value or not _STRING.fullmatch(value):
                continue
            key = self._spelling.key(value) if not value.startswith(".") else None
            while key:
                home = home_of(key)
                if home is not None and key not in self._present:
                    yield Leftover(self._file.line(node), f"names {value}, which is in {self._named(home)} now")
                    break
                key = key.rpartition(".")[0]

    def attributes(self) -> Iterator[Leftover]:
        """Attributes that may be those of what has another name for them now."""
        modules = {
            self._spelling.key(statement.module) for node in self._index.imports if (statement := read_import(node))
        }
        if modules & _TESTS_OF_CALLS:
            for attribute in self._index.attributes:
                if attribute.attr.value in _OLD_ATTRIBUTES:
                    old, new = attribute.attr.value, _OLD_ATTRIBUTES[attribute.attr.value]
                    yield Leftover(self._file.line(attribute), f"if .{old} is that of End or Method, it is .{new} now")
        if ".gen.clients" in modules or ".gen.sync_clients" in modules:
            for call in self._index.calls:
                function = call.func
                if isinstance(function, cst.Attribute) and function.attr.value == "done" and not call.args:
                    text = "if .done() is that of a stream of requests, it is .close_send() now"
                    yield Leftover(self._file.line(call), text)
