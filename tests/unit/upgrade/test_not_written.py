"""The report names each use of NotWritten that does something else once it is NotImplementedError."""

import pytest

from protoc_gen_pyservice.reconcile.upgrade.not_written import find_not_written
from protoc_gen_pyservice.reconcile.upgrade.rewriting import rewrite_file

HANDLER, OWN = "src/shop/handlers/cart.py", "src/shop/stock.py"

DEEPER = "raises NotImplementedError, which ends a call with INTERNAL unless the method of a handler raises it itself"

FOUND = {
    "a handler's method": ("class Cart(CartServicer):\n    async def add(self):\n        raise NotWritten\n", []),
    "a handler's method, with a text": (
        "class Cart(servicers.CartServicer):\n    async def add(self):\n        raise NotWritten('later')\n",
        [],
    ),
    "a helper of a handler": (
        "class Cart(CartServicer):\n    def _find(self):\n        raise NotWritten\n",
        [(3, DEEPER)],
    ),
    "inside a handler's method": (
        "class Cart(CartServicer):\n    def add(self):\n        def find():\n            raise NotWritten\n",
        [(4, DEEPER)],
    ),
    "a method of another class": (
        "class Stock(Base):\n    def find(self):\n        raise NotWritten()\n",
        [(3, DEEPER)],
    ),
    "a function": ("def find():\n    raise NotWritten\n", [(2, DEEPER)]),
    "a module": ("raise NotWritten\n", [(1, DEEPER)]),
    "caught": ("try:\n    f()\nexcept NotWritten:\n    raise\n", []),
    "in a string": (
        "f('shop.errors.NotWritten', NotWritten)\n",
        [(1, "names shop.errors.NotWritten, which is a builtin now")],
    ),
}


@pytest.mark.parametrize(("text", "expected"), FOUND.values(), ids=FOUND)
def test_what_is_left_to_do(text: str, expected: list[tuple[int, str]]) -> None:
    """Each with its line in the file as it was brought over."""
    before = f"'''Mine.'''\nfrom ..errors import NotWritten\n{text}".encode()
    after = rewrite_file(HANDLER, before, ("shop",), {}, 100)
    assert [(line - 1, said) for line, said in find_not_written(HANDLER, before, after)] == expected


def test_a_name_that_came_with_all_others() -> None:
    """It is not guessed, but said."""
    text = b"from .errors import *\n\nraise NotWritten\n"
    assert rewrite_file(OWN, text, ("shop",), {}, 100) == text
    assert find_not_written(OWN, text, text) == [(3, "NotWritten is the builtin NotImplementedError now")]


def test_what_never_named_it() -> None:
    """An error of the user's that means the same as before is not reported, nor is one of the same name."""
    text = b"def find():\n    raise NotImplementedError\n"
    assert find_not_written(OWN, text, text) == []
    text = b"class NotWritten(Exception): ...\n\n\nraise NotWritten\n"
    assert find_not_written(OWN, text, text) == []
