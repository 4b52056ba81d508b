"""A shop whose cart has one RPC more than at the last run, and its handler."""

import ast
from collections.abc import Iterator

from tests.support.stubs import STUB

from .handlers_harness import change, proto, rpc

ADD = change(proto(rpc("Add")), proto(rpc("Add"), rpc("Fresh")))

HEAD = """\
from __future__ import annotations

from ..errors import NotFound
from ..gen import cart_pb2
from ..gen.servicers import CartServicer
from ..runtime.server import Context


"""

CLASS = """\
class Cart(CartServicer):
    async def add(self, request, context):
        return cart_pb2.Nothing()  # mine
"""

FRESH = f'''
    async def fresh(
        self,
        request: cart_pb2.Item,
        context: Context,
    ) -> cart_pb2.Nothing:
        """Answer ``shop.Cart/Fresh``."""
        {STUB}
'''


def inward(text: str, margin: str = "    ") -> str:
    """The text, further in."""
    return "".join(margin + line if line.strip() else line for line in text.splitlines(keepends=True))


def class_body(text: str, name: str) -> list[str]:
    """The methods of a class, in order."""
    found = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef) and node.name == name)
    return [n.name for n in next(found).body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]


def is_subsequence(before: str, after: str) -> bool:
    """Whether every line is still there, in order."""
    lines: Iterator[str] = iter(after.splitlines(keepends=True))
    return all(any(line == other for other in lines) for line in before.splitlines(keepends=True))
