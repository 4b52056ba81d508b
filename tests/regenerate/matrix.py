"""The project of the matrix: two services, as generated and with logic and tests of the user's."""

from pathlib import Path

from tests.regenerate.sandbox import Sandbox, protoc_process
from tests.support.stubs import STUB

PROTO = """\
syntax = "proto3";
package shop;

service Cart {
  rpc Add(Item) returns (Order);
  rpc Watch(Item) returns (stream Order);
}

service Stock {
  rpc Count(Shelf) returns (Shelf);
}

message Item { string name = 1; }
message Order { int32 number = 1; }
message Shelf { int32 items = 1; }
"""

_SETTINGS = b"""\
[project]
parts = ["client", "ci"]

[generate]
protos = [
    "shop.proto",
]
"""

CART = "src/shop/handlers/cart.py"
STOCK = "src/shop/handlers/stock.py"
TEST_CART = "tests/handlers/test_cart.py"
TEST_STOCK = "tests/handlers/test_stock.py"

_STUB = f"        {STUB}\n"
_STREAM = "        yield  # hands out the responses, one at a time\n"
_PLAIN = "    assert response.IsInitialized()\n"

_LOGIC = {
    "add": "        # Orders are numbered from one.\n        return shop_pb2.Order(number=len(request.name))\n",
    "watch": '        for number in (1, 2):\n            yield shop_pb2.Order(number=number)  # never "0"\n',
    "count": "        return shop_pb2.Shelf(items=min(request.items + 1, 99))\n",
}


def generated(folder: Path) -> Sandbox:
    """The project, fresh."""
    sandbox = Sandbox(folder)
    sandbox.write("proto/shop.proto", PROTO.encode())
    # What follows an edit in deploy/ is shown by the tests of deployment.
    sandbox.write("pyservice.toml", _SETTINGS)
    outcome = protoc_process(sandbox, ["shop.proto"])
    assert outcome.code == 0, outcome.said
    return sandbox


def write_logic(sandbox: Sandbox) -> None:
    """What the user writes: the logic of every RPC, and tests of what it answers."""
    cart, stock = _text(sandbox, CART), _text(sandbox, STOCK)
    cart = cart.replace(_STUB + _STREAM, _LOGIC["watch"]).replace(_STUB, _LOGIC["add"])
    cart += "\n\ndef total(orders: list[int]) -> int:\n    return sum(orders)\n"
    sandbox.write(CART, cart.encode())
    sandbox.write(STOCK, stock.replace(_STUB, _LOGIC["count"]).encode())
    tests = _text(sandbox, TEST_CART).replace("sample(shop_pb2.Item)", 'sample(shop_pb2.Item, name="tea")')
    add, _, watch = tests.partition("async def test_watch")
    add = add.replace(_PLAIN, "    assert response.number == 3\n")
    watch = watch.replace(f"    {_PLAIN}", "        assert response.number == 1\n")
    sandbox.write(TEST_CART, f"{add}async def test_watch{watch}".encode())
    sandbox.write(TEST_STOCK, _text(sandbox, TEST_STOCK).replace(_PLAIN, "    assert response.items == 2\n").encode())


def _text(sandbox: Sandbox, path: str) -> str:
    return (sandbox.read(path) or b"").decode()
