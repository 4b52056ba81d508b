"""Each kind of proto edit, in a project as generated and in one with logic: what is said, and what works after it."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.regenerate.matrix import PROTO, generated, write_logic
from tests.regenerate.sandbox import Sandbox
from tests.support.command import run
from tests.support.own_tests import own_tests
from tests.support.snapshot import differences, snapshot

SHOP, STOCK = "shop.proto", "stock.proto"

_HEAD, _REST = PROTO.split("service Stock", 1)
_STOCK_SERVICE, _MESSAGES = _REST.split("}\n\n", 1)
_SHELF = "message Shelf { int32 items = 1; }\n"
_SEARCH = "service Search {\n  rpc Find(Item) returns (stream Shelf);\n}\n\n"

_FOLLOW = """\
  updated   docs/api.md
  updated   src/shop/gen/clients.py
  updated   src/shop/gen/registry.py
  updated   src/shop/gen/servicers.py
  updated   src/shop/gen/shop_pb2.py
  updated   src/shop/gen/shop_pb2_grpc.py
  updated   src/shop/gen/sync_clients.py
"""
_BOTH = _FOLLOW + "  merged    src/shop/handlers/cart.py\n  merged    tests/handlers/test_cart.py\n"
_HANDLER = _FOLLOW + "  merged    src/shop/handlers/cart.py\n"
_TEST = _FOLLOW + "  merged    tests/handlers/test_cart.py\n"
_SERVICE = """\
pyservice: shop: 2 created, 9 updated
  + service shop.Search: src/shop/handlers/search.py
  created   src/shop/handlers/search.py
  created   tests/handlers/test_search.py
  updated   README.md
  updated   docs/api.md
  updated   pyproject.toml
"""
_MOVED = """\
  created   src/shop/gen/stock_pb2.py
  created   src/shop/gen/stock_pb2.pyi
  created   src/shop/gen/stock_pb2_grpc.py
  updated   src/shop/gen/clients.py
  updated   src/shop/gen/registry.py
  updated   src/shop/gen/servicers.py
  updated   src/shop/gen/shop_pb2.py
  updated   src/shop/gen/shop_pb2.pyi
  updated   src/shop/gen/shop_pb2_grpc.py
  updated   src/shop/gen/sync_clients.py
  merged    src/shop/handlers/stock.py
"""


class Row(NamedTuple):
    """An edit of the protos, and what comes of it without and with logic of the user's."""

    protos: dict[str, str]
    untouched: str
    edited: str
    left: tuple[str, ...] = ()
    """The tests of the user's that do not fit the proto any more, each of which the report names."""


ROWS = {
    "add": Row(
        {SHOP: PROTO.replace("stream Order);\n", "stream Order);\n  rpc Pay(Order) returns (Item);\n")},
        "pyservice: shop: 7 updated, 2 merged\n  + rpc shop.Cart/Pay: src/shop/handlers/cart.py:35\n" + _BOTH,
        "pyservice: shop: 7 updated, 2 merged\n  + rpc shop.Cart/Pay: src/shop/handlers/cart.py:36\n" + _BOTH,
    ),
    "remove": Row(
        {SHOP: PROTO.replace("  rpc Watch(Item) returns (stream Order);\n", "")},
        "pyservice: shop: 7 updated, 1 merged\n  - rpc shop.Cart/Watch\n"
        + _TEST
        + "  action needed: shop.Cart/Watch was removed, its method stays: src/shop/handlers/cart.py:26\n",
        "pyservice: shop: 7 updated\n  - rpc shop.Cart/Watch\n"
        + _FOLLOW
        + "  action needed: shop.Cart/Watch was removed, its method stays: src/shop/handlers/cart.py:27\n"
        + "  action needed: tests/handlers/test_cart.py:21 test_watch still calls watch, which was removed\n",
        ("tests/handlers/test_cart.py::test_watch",),
    ),
    "rename": Row(
        {SHOP: PROTO.replace("rpc Add", "rpc Put")},
        "pyservice: shop: 7 updated, 2 merged\n"
        "  rename rpc shop.Cart/Add -> Put (src/shop/handlers/cart.py:18)\n" + _BOTH,
        "pyservice: shop: 7 updated, 1 merged\n"
        "  rename rpc shop.Cart/Add -> Put (src/shop/handlers/cart.py:18)\n"
        + _HANDLER
        + "  action needed: tests/handlers/test_cart.py:13 test_add still calls add, which is put now\n",
        ("tests/handlers/test_cart.py::test_add",),
    ),
    "retype": Row(
        {SHOP: PROTO.replace("Add(Item) returns (Order)", "Add(Order) returns (Item)")},
        "pyservice: shop: 7 updated, 2 merged\n"
        "  ~ signature shop.Cart/Add (shop.Item) returns (shop.Order) -> (shop.Order) returns (shop.Item)"
        " (src/shop/handlers/cart.py:18)\n" + _BOTH,
        "pyservice: shop: 7 updated, 1 merged\n"
        "  ~ signature shop.Cart/Add (shop.Item) returns (shop.Order) -> (shop.Order) returns (shop.Item)"
        " (src/shop/handlers/cart.py:18)\n"
        + _HANDLER
        + "  action needed: src/shop/handlers/cart.py:18 Cart.add still uses shop_pb2.Order, "
        "but has to return shop_pb2.Item now\n"
        "  action needed: tests/handlers/test_cart.py:13 test_add calls add, "
        "which is (shop.Order) returns (shop.Item) now\n",
        ("tests/handlers/test_cart.py::test_add",),
    ),
    "flip stream kind": Row(
        {SHOP: PROTO.replace("stream Order", "Order")},
        "pyservice: shop: 7 updated, 2 merged\n"
        "  ~ signature shop.Cart/Watch (shop.Item) returns (stream shop.Order) -> (shop.Item) returns (shop.Order)"
        " (src/shop/handlers/cart.py:24)\n" + _BOTH,
        "pyservice: shop: 7 updated, 1 merged\n"
        "  ~ signature shop.Cart/Watch (shop.Item) returns (stream shop.Order) -> (shop.Item) returns (shop.Order)"
        " (src/shop/handlers/cart.py:25)\n"
        + _HANDLER
        + "  action needed: src/shop/handlers/cart.py:25 Cart.watch returns a single response now, "
        "not a stream: `return` it\n"
        "  action needed: tests/handlers/test_cart.py:21 test_watch calls watch, "
        "which is (shop.Item) returns (shop.Order) now\n",
        ("tests/handlers/test_cart.py::test_watch",),
    ),
    "second service": Row(
        {SHOP: PROTO.replace("message Item", f"{_SEARCH}message Item", 1)},
        _SERVICE + _FOLLOW.partition("\n")[2],
        _SERVICE + _FOLLOW.partition("\n")[2],
    ),
    "split file": Row(
        {
            SHOP: _HEAD + _MESSAGES.replace(_SHELF, ""),
            STOCK: f'syntax = "proto3";\npackage shop;\n\nservice Stock{_STOCK_SERVICE}}}\n\n{_SHELF}',
        },
        "pyservice: shop: 3 created, 7 updated, 2 merged\n" + _MOVED + "  merged    tests/handlers/test_stock.py\n",
        "pyservice: shop: 3 created, 7 updated, 1 merged\n"
        + _MOVED
        + "  action needed: src/shop/handlers/stock.py:16 Stock.count still uses shop_pb2.Shelf, "
        "which is stock_pb2.Shelf now\n"
        "  action needed: tests/handlers/test_stock.py:13 test_count calls count, "
        "whose types are in another module now\n",
        ("tests/handlers/test_stock.py::test_count",),
    ),
}


@pytest.mark.parametrize("hands", ["untouched", "edited"])
@pytest.mark.parametrize("name", ROWS)
def test_an_edit_of_the_proto(name: str, hands: str, tmp_path: Path) -> None:
    """The report says exactly what happened; the project's tests are green but for those it names."""
    row = ROWS[name]
    sandbox = generated(tmp_path)
    if hands == "edited":
        write_logic(sandbox)
    sandbox.write_protos(row.protos)
    if STOCK in row.protos:
        settings = (sandbox.read("pyservice.toml") or b"").decode()
        sandbox.write(
            "pyservice.toml", settings.replace('    "shop.proto",\n', f'    "shop.proto",\n    "{STOCK}",\n').encode()
        )
    done = run(["pyservice", "generate"], sandbox.root)
    assert done.stderr == getattr(row, hands)
    assert (done.returncode, done.stdout) == (0, "")
    after = snapshot(sandbox.root)
    assert failing_tests(sandbox) == (row.left if hands == "edited" else ())
    again = run(["pyservice", "generate"], sandbox.root)
    assert again.stderr == "pyservice: shop: up to date\n"
    assert differences(after, snapshot(sandbox.root)) == []


@pytest.mark.parametrize("hands", ["untouched", "edited"])
def test_before_any_edit(hands: str, tmp_path: Path) -> None:
    """The tests of the project that the matrix starts from are green."""
    sandbox = generated(tmp_path)
    if hands == "edited":
        write_logic(sandbox)
    assert failing_tests(sandbox) == ()


def failing_tests(sandbox: Sandbox) -> tuple[str, ...]:
    """Run the project's own tests; which of them fail.

    Without the fuzz tests: of a handler that does not fit its proto any more they say the same again.
    """
    done = own_tests(sandbox.root, "--ignore=tests/gen/test_fuzz.py")
    failed = tuple(re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE))
    assert done.returncode == int(bool(failed)), done.said
    assert re.search(r"\d+ passed", done.stdout), done.said
    return failed
