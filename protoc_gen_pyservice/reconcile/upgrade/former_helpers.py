"""Test helpers that are no longer generated: those that the user's tests import become user files."""

from collections.abc import Iterable, Mapping, Set

from ..handlers.python_file import parse
from ..handlers.splice import UnreadableError
from .bindings import imported_symbols
from .index import Index
from .renamed_members import Symbol
from .spelling import Spelling

HELPERS = ("tests/gen/house.py", "tests/gen/house_client.py", "tests/gen/process.py")

_ADAPTED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "tests/gen/house.py": (
        (
            """    with mock.patch.object(wiring, "SERVICES", (service,)):
        async with running(settings, given) as now:
            async with connected(f"localhost:{now.port}", credentials) as channel:
                yield House(now, channel)
""",
            """    async with running(Registry(INFO, (service,)), settings, given) as now:
        async with connected(f"localhost:{now.port}", credentials) as channel:
            yield House(now, channel)
""",
        ),
        ("from unittest import mock\n", ""),
        ("from PACKAGE.runtime.server import handler_discovery as wiring\n", ""),
        (
            "\nfrom PACKAGE.runtime.core import Kind, Method, Policy, Service\n",
            "\nfrom PACKAGE.gen.service_info import INFO\nfrom PACKAGE.runtime.core import Kind, Method, Policy, Registry, Service\n",
        ),
    ),
}
"""Replacements that adapt an unedited helper, with its imports rewritten, to the new server."""


def adapt_helper(path: str, content: bytes, package: str) -> bytes:
    """Return a helper adapted to the new server; unchanged if it was edited."""
    pairs = [[text.replace("PACKAGE", package).encode() for text in pair] for pair in _ADAPTED.get(path, ())]
    if not all(content.count(old) == 1 for old, _ in pairs):
        return content
    for old, new in pairs:
        content = content.replace(old, new)
    return content


def file_imports(path: str, content: bytes, packages: tuple[str, ...]) -> Set[Symbol]:
    """Return the symbols that a file imports from modules of the project; none if the file does not parse."""
    try:
        file = parse(path, content)
    except UnreadableError:
        return frozenset()
    return frozenset(imported_symbols(Index(file.module), Spelling(path, packages)))


def used_helpers(present: Mapping[str, bytes], symbols: Iterable[Symbol], packages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the paths of the helpers that are imported, directly or by another helper."""
    names = {helper.removesuffix(".py").replace("/", "."): helper for helper in HELPERS if helper in present}
    paths: list[str] = []
    pending = [_helper(symbol, names) for symbol in symbols]
    while pending:
        path = pending.pop()
        if path is not None and path not in paths:
            paths.append(path)
            pending += [_helper(symbol, names) for symbol in file_imports(path, present[path], packages)]
    return tuple(sorted(paths))


def _helper(symbol: Symbol, names: Mapping[str, str]) -> str | None:
    return names.get(symbol.module) or names.get(f"{symbol.module}.{symbol.name}")
