"""Type checkers accept `async def` and plain `def` methods in handlers, and find what does not fit the proto."""

import json
import re
import shutil
import sys

import pytest

from tests.project.harness import CART, MESSAGES, TYPES, Project, make, proto
from tests.support.command import run, scripts
from tests.support.types import Typed

KINDS = (
    "Add",
    "rpc Watch(Item) returns (stream Nothing);",
    "rpc Fill(stream Item) returns (Nothing);",
    "rpc Follow(stream Item) returns (stream Nothing);",
)

METHODS = "src/shop/methods.py"

HEAD = '''\
"""Handlers of the user's."""

from collections.abc import AsyncIterator, Iterator

from .gen.servicers import CartServicer
from .gen.shop.v1.types_pb2 import Item, Nothing
from .runtime.server import Context


'''

ASYNC = """\
class Async(CartServicer):
    async def add(self, request: Item, context: Context) -> Nothing:
        return Nothing()

    async def watch(self, request: Item, context: Context) -> AsyncIterator[Nothing]:
        yield Nothing()

    async def fill(self, requests: AsyncIterator[Item], context: Context) -> Nothing:
        return [Nothing() async for _ in requests][-1]

    async def follow(self, requests: AsyncIterator[Item], context: Context) -> AsyncIterator[Nothing]:
        async for _ in requests:
            yield Nothing()


"""

PLAIN = """\
class Plain(CartServicer):
    def add(self, request: Item, context: Context) -> Nothing:
        return Nothing()

    def watch(self, request: Item, context: Context) -> Iterator[Nothing]:
        yield Nothing()

    def fill(self, requests: Iterator[Item], context: Context) -> Nothing:
        return [Nothing() for _ in requests][-1]

    def follow(self, requests: Iterator[Item], context: Context) -> Iterator[Nothing]:
        for _ in requests:
            yield Nothing()


"""

MISTAKES = {
    "another request": "def add(self, request: Nothing, context: Context) -> Nothing:",
    "another request, async": "async def add(self, request: Nothing, context: Context) -> Nothing:",
    "another response": "def add(self, request: Item, context: Context) -> Item:",
    "another response, async": "async def add(self, request: Item, context: Context) -> Item:",
    "no context": "def add(self, request: Item) -> Nothing:",
    "no context, async": "async def add(self, request: Item) -> Nothing:",
    "a stream for one response": "def add(self, request: Item, context: Context) -> Iterator[Nothing]:",
    "a stream for one response, async": "async def add(self, request: Item, context: Context) -> AsyncIterator[Nothing]:",
    "one response for a stream": "def watch(self, request: Item, context: Context) -> Nothing:",
    "one response for a stream, async": "async def watch(self, request: Item, context: Context) -> Nothing:",
    "a stream of another response": "def watch(self, request: Item, context: Context) -> Iterator[Item]:",
    "one request for a stream": "def fill(self, requests: Item, context: Context) -> Nothing:",
    "a stream of other requests": "def fill(self, requests: Iterator[Nothing], context: Context) -> Nothing:",
    "a stream of other requests, async": "async def fill(self, requests: AsyncIterator[Nothing], context: Context) -> Nothing:",
    "a list of requests": "def follow(self, requests: list[Item], context: Context) -> Iterator[Nothing]:",
}
"""Methods that do not fit; a body that fits any of them follows."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A service with a method of each kind, and handlers with and without mistakes."""
    project = make(tmp_path_factory.mktemp("types") / "shop", {TYPES: MESSAGES, CART: proto("Cart", *KINDS)})
    project.write(METHODS, HEAD + ASYNC + PLAIN + "\n\n".join(map(_mistaken, range(len(MISTAKES)))))
    return project


def _mistaken(number: int) -> str:
    method = list(MISTAKES.values())[number]
    body = "yield Nothing()" if re.search(r"^async .*AsyncIterator\[\w+\]:$", method) else "raise AssertionError"
    return f"class Mistaken{number}(CartServicer):\n    {method}\n        {body}\n"


def _mistaken_lines(shop: Project) -> dict[int, str]:
    """The names of the mistakes by their lines."""
    lines = shop.text(METHODS).splitlines()
    return {lines.index(f"    {method}") + 1: name for name, method in MISTAKES.items()}


def test_mypy(shop: Project, typed: Typed) -> None:
    """It finds each mistake in its line, and nothing else."""
    done = typed(shop.folder)
    errors = re.findall(r"^(\S+?):(\d+): error: .*(?:incompatible|Incompatible)", done.stdout, re.M)
    assert {path for path, _ in errors} == {METHODS}, done.said
    assert sorted({int(line) for _, line in errors}) == sorted(_mistaken_lines(shop)), done.said
    assert done.stdout.count(" error: ") == len(errors) == len(MISTAKES), done.said


PYRIGHT = shutil.which("pyright") or shutil.which("basedpyright", path=str(scripts()))


@pytest.mark.skipif(PYRIGHT is None, reason="pyright is not installed: pip install basedpyright")
def test_pyright(shop: Project) -> None:
    """It finds the same."""
    assert PYRIGHT is not None
    done = run([PYRIGHT, "--outputjson", "--pythonpath", sys.executable, METHODS], shop.folder, timeout=600)
    found = [one for one in json.loads(done.stdout)["generalDiagnostics"] if one["severity"] == "error"]
    lines = {one["range"]["start"]["line"] + 1: one["message"] for one in found}
    assert sorted(lines) == sorted(_mistaken_lines(shop)), done.said
    assert all("in an incompatible manner" in message for message in lines.values()), done.said
