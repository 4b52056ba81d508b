"""Generated helpers of tests that are no more, and that tests of a person's go on using: they are theirs from now on."""

from collections.abc import Iterable, Mapping, Set

from ..handlers.python_file import parse
from ..handlers.splice import UnreadableError
from .bindings import imported
from .index import Index
from .renamed_members import Class
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
        ("import NotWritten\n", "import NotWritten\nfrom PACKAGE.gen.service_info import INFO\n"),
        ("import Kind, Method, Policy, Service\n", "import Kind, Method, Policy, Registry, Service\n"),
    ),
}
"""What the new server wants otherwise, where the text is as it was generated but for what moved."""


def adapted(path: str, content: bytes, package: str) -> bytes:
    """A helper for the new server."""
    pairs = [[text.replace("PACKAGE", package).encode() for text in pair] for pair in _ADAPTED.get(path, ())]
    if not all(content.count(old) == 1 for old, _ in pairs):
        return content
    for old, new in pairs:
        content = content.replace(old, new)
    return content


def imports_of(path: str, content: bytes, packages: tuple[str, ...]) -> Set[Class]:
    """What a file imports from modules of the project; nothing, where it cannot be read."""
    try:
        file = parse(path, content)
    except UnreadableError:
        return frozenset()
    return frozenset(imported(Index(file.module), Spelling(path, packages)))


def kept_helpers(present: Mapping[str, bytes], wanted: Iterable[Class], packages: tuple[str, ...]) -> tuple[str, ...]:
    """The helpers that are used, and those that they use."""
    names = {helper.removesuffix(".py").replace("/", "."): helper for helper in HELPERS if helper in present}
    kept: list[str] = []
    todo = [_helper(what, names) for what in wanted]
    while todo:
        path = todo.pop()
        if path is not None and path not in kept:
            kept.append(path)
            todo += [_helper(what, names) for what in imports_of(path, present[path], packages)]
    return tuple(sorted(kept))


def _helper(what: Class, names: Mapping[str, str]) -> str | None:
    return names.get(what.module) or names.get(f"{what.module}.{what.name}")
