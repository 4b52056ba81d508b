"""RPCs that were renamed, changed or removed: methods follow unless the user edited what has to change."""

import ast

import pytest

from tests.support.stubs import STUB

from .handlers_harness import HANDLER, Change, bring, change, generated, proto, rpc

HEAD = """\
from __future__ import annotations

from collections.abc import AsyncIterator

from ..errors import NotFound
from ..gen import cart_pb2
from ..gen.servicers import CartServicer
from ..runtime.server import Context


class Cart(CartServicer):
"""

ADD = """\
    async def add(
        self,
        request: cart_pb2.Item,  # mine
        context: Context,
    ) -> cart_pb2.Nothing:
        return await self.store(request)
"""


def signature(before: str, now: str) -> Change:
    """``rpc Add`` from one signature to another: ``Item Nothing``, ``+Item Nothing`` (a stream)."""

    def one(text: str) -> str:
        request, response = text.replace("+", "stream+").split(" ")
        return proto(rpc("Add", request.replace("+", " "), response.replace("+", " ")))

    return change(one(before), one(now))


def test_renamed_rpc_keeps_its_body() -> None:
    """A renamed RPC takes the method along: only the name of the definition changes."""
    given = change(proto(rpc("Add"), rpc("Last")), proto(rpc("Put"), rpc("Last")))
    outcome = bring(given, {HANDLER: HEAD + ADD})
    assert outcome.text() == HEAD + ADD.replace("def add(", "def put(")
    assert outcome.result.changes == [f"rename rpc shop.Cart/Add -> Put ({HANDLER}:12)"]
    assert outcome.result.todo == []


def test_renamed_rpc_that_is_called() -> None:
    """Calls of a renamed method inside its class are left, and named."""
    given = change(proto(rpc("Add")), proto(rpc("Put")))
    more = "\n    async def twice(self):\n        await self.add(1)\n        return super().add(2) or self.added\n"
    outcome = bring(given, {HANDLER: HEAD + ADD + more})
    assert outcome.text() == HEAD + ADD.replace("def add(", "def put(") + more
    assert outcome.result.todo == [
        f"{HANDLER}:20 still uses add, which is put now",
        f"{HANDLER}:21 still uses add, which is put now",
    ]


def test_renamed_rpc_with_overloads() -> None:
    """Overloads of a renamed method are renamed with it."""
    overloads = (
        "    @overload\n    def add(self, request: int) -> None: ...\n    @typing.overload\n    def add(self): ...\n"
    )
    outcome = bring(change(proto(rpc("Add")), proto(rpc("Put"))), {HANDLER: HEAD + overloads + ADD})
    assert outcome.text() == HEAD + (overloads + ADD).replace("def add(", "def put(")


RENAMES = {
    "at the same place": (["A", "B", "C"], ["A", "X", "C"], {"b": "x"}),
    "the first": (["A", "B"], ["X", "B"], {"a": "x"}),
    "the last": (["A", "B"], ["A", "X"], {"b": "x"}),
    "all": (["A", "B"], ["X", "Y"], {"a": "x", "b": "y"}),
    "one, and one is new elsewhere": (["A", "B"], ["N", "A", "X"], {"b": "x"}),
    "one, and one went elsewhere": (["G", "A", "B"], ["A", "X"], {"b": "x"}),
    "at another place": (["A", "B", "C"], ["B", "C", "X"], {}),
    "one could be two": (["A", "B"], ["A", "X", "Y"], {}),
    "two could be one": (["A", "B", "C"], ["A", "X"], {}),
    "swapped": (["A", "B"], ["B", "A"], {}),
}


@pytest.mark.parametrize("case", RENAMES)
def test_what_counts_as_renamed(case: str) -> None:
    """An RPC is renamed if one of the same types is in its place; anything else was removed and added."""
    before, now, renamed = RENAMES[case]
    given = change(proto(*map(rpc, before)), proto(*map(rpc, now)))
    lines = bring(given, {HANDLER: HEAD + "    pass\n"} | generated(given)).result.changes
    renames = [line.split(" (")[0].split("/")[1].split(" -> ") for line in lines if line.startswith("rename")]
    assert {old.lower(): new.lower() for old, new in renames} == renamed


@pytest.mark.parametrize("now", [rpc("Put", "Items"), rpc("Put", "stream Item"), rpc("Put", response="stream Nothing")])
def test_other_types_are_no_rename(now: str) -> None:
    """An RPC of other types in the same place is a new one."""
    outcome = bring(change(proto(rpc("Add")), proto(now)), {HANDLER: HEAD + ADD})
    assert outcome.text().startswith(HEAD + ADD)
    assert methods(outcome.text()) == ["add", "put"]
    assert outcome.result.changes == [f"+ rpc shop.Cart/Put: {HANDLER}:19", "- rpc shop.Cart/Add"]


def test_rename_to_a_name_that_is_taken() -> None:
    """A class that has both names keeps both methods."""
    more = "\n    async def put(self): ...\n"
    outcome = bring(change(proto(rpc("Add")), proto(rpc("Put"))), {HANDLER: HEAD + ADD + more})
    assert outcome.result.write == {}
    assert outcome.result.changes == [f"+ rpc shop.Cart/Put: {HANDLER}:19", "- rpc shop.Cart/Add"]


def test_rename_by_the_user() -> None:
    """A method that has the new name already is left alone."""
    outcome = bring(change(proto(rpc("Add")), proto(rpc("Put"))), {HANDLER: HEAD + ADD.replace("add", "put")})
    assert outcome.result.write == {}
    assert outcome.result.changes == [f"rename rpc shop.Cart/Add -> Put ({HANDLER}:12)"]


@pytest.mark.parametrize(
    "method",
    ["    add = other\n", "    @property\n    def add(self): ...\n    @add.setter\n    def add(self, x): ...\n"],
)
def test_what_cannot_be_renamed_stays(method: str) -> None:
    """Where a rename is more than one token, the old name stays and a stub is added."""
    outcome = bring(change(proto(rpc("Add")), proto(rpc("Put"))), {HANDLER: HEAD + method})
    assert outcome.text().startswith(HEAD + method)
    assert methods(outcome.text())[-1] == "put"


SIGNATURES = {
    "request": ("Item Nothing", "Order Nothing", {"cart_pb2.Item,": "cart_pb2.Order,"}, []),
    "response": ("Item Nothing", "Item Items", {"cart_pb2.Nothing:": "cart_pb2.Items:"}, []),
    "both": (
        "Item Nothing",
        "Order Items",
        {"cart_pb2.Item,": "cart_pb2.Order,", "cart_pb2.Nothing:": "cart_pb2.Items:"},
        [],
    ),
    "requests stream": (
        "Item Nothing",
        "+Item Nothing",
        {"cart_pb2.Item,": "AsyncIterator[cart_pb2.Item],"},
        ["gets a stream of requests now: read it with `async for`"],
    ),
    "responses stream": (
        "Item Nothing",
        "Item +Nothing",
        {"cart_pb2.Nothing:": "AsyncIterator[cart_pb2.Nothing]:"},
        ["returns a stream of responses now: `yield` each response"],
    ),
}


@pytest.mark.parametrize("case", SIGNATURES)
def test_annotations_follow(case: str) -> None:
    """The annotations of a written method follow its RPC; its body, which may not fit any more, is left."""
    before, now, texts, misfits = SIGNATURES[case]
    given = signature(before, now)
    outcome = bring(given, {HANDLER: HEAD + ADD})
    expected = HEAD + ADD
    for old, new in texts.items():
        expected = expected.replace(old, new)
    assert outcome.text() == expected
    method = given.update.service.methods[0]
    assert outcome.result.changes == [
        f"~ signature shop.Cart/Add (shop.Item) returns (shop.Nothing) -> {method.signature} ({HANDLER}:12)"
    ]
    assert outcome.result.todo == [f"{HANDLER}:12 Cart.add {misfit}" for misfit in misfits]


def test_streams_that_became_single() -> None:
    """A written method whose streams were removed is reported with the changes that it needs."""
    method = "    async def add(self, requests: AsyncIterator[ cart_pb2.Item ], context, /) -> 'AsyncIterator[cart_pb2.Nothing]':\n        yield 1\n"
    outcome = bring(signature("+Item +Nothing", "Item Nothing"), {HANDLER: HEAD + method})
    assert "requests: cart_pb2.Item, context, /) -> 'cart_pb2.Nothing':" in outcome.text()
    assert "collections" not in outcome.text()
    assert [str(todo).partition("Cart.add ")[2] for todo in outcome.result.todo] == [
        "gets a single request now, not a stream: use it directly",
        "returns a single response now, not a stream: `return` it",
    ]


ANNOTATIONS = {
    "their own": ("(self, request: Mine, context) -> Reply", "(self, request: Mine, context) -> Reply", True),
    "none": ("(self, request, context)", "(self, request, context)", False),
    "no parameters": ("(self)", "(self)", False),
    "already right": (
        "(self, request: cart_pb2 . Order, context)",
        "(self, request: cart_pb2 . Order, context)",
        False,
    ),
    "quoted": ("(self, r: 'cart_pb2.Item', c)", "(self, r: 'cart_pb2.Order', c)", False),
    "in parentheses": ("(self, r: (cart_pb2.\n        Item), c)", "(self, r: (cart_pb2.Order), c)", False),
    "positional only": ("(self, r: cart_pb2.Item, /, c)", "(self, r: cart_pb2.Order, /, c)", False),
}


@pytest.mark.parametrize("case", ANNOTATIONS)
def test_annotations_of_ones_own_stay(case: str) -> None:
    """Only an annotation that says what was generated is replaced; of others the report speaks."""
    before, after, is_reported = ANNOTATIONS[case]
    method = "    async def add{}:\n        return 1\n"
    outcome = bring(signature("Item Nothing", "Order Nothing"), {HANDLER: HEAD + method.format(before)})
    assert outcome.text() == HEAD + method.format(after)
    said = (
        f"{HANDLER}:12 Cart.add has edited annotations, which stay; the RPC is (shop.Order) returns (shop.Nothing) now"
    )
    assert outcome.result.todo == ([said] if is_reported else [])


UNTOUCHED = {
    "as it is": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "tabs": lambda text: text.replace("    ", "\t"),
    "trailing blanks": lambda text: text.replace(STUB, f"{STUB}  "),
}


@pytest.mark.parametrize("style", UNTOUCHED)
@pytest.mark.parametrize("now", ["+Item +Nothing", "Order Nothing", "+Order Nothing", "Item +Items"])
def test_untouched_stub_becomes_the_new_one(style: str, now: str) -> None:
    """An unedited stub becomes the newly generated one, however the file is indented."""
    given = signature("Item Nothing", now)
    before, after = UNTOUCHED[style](generated(given)[HANDLER]), UNTOUCHED[style](given.update.handler)
    if style == "trailing blanks":
        after = after.replace(f"{STUB}  ", STUB)
    assert bring(given, {HANDLER: before}).text().replace(f"{STUB}  ", STUB) == after
    assert bring(given, {HANDLER: before}).result.todo == []


def test_written_body_below_a_generated_signature_stays() -> None:
    """A method with an edited body keeps every line of it, though its signature is as generated."""
    given = signature("Item Nothing", "+Order Nothing")
    text = generated(given)[HANDLER].replace(STUB, "return await self.store(request)")
    assert bring(given, {HANDLER: text}).text().endswith(text[text.index("        context: Context,") :])


def test_stub_with_a_docstring_of_ones_own() -> None:
    """An unwritten method with an edited docstring becomes the new stub and keeps the docstring."""
    given = signature("Item Nothing", "+Order +Nothing")
    mine = '"""Mine.\n\n        All of it.\n        """  # too'
    before = generated(given)[HANDLER].replace('"""Answer ``shop.Cart/Add``."""', mine)
    assert bring(given, {HANDLER: before}).text() == given.update.handler.replace(
        '"""Answer ``shop.Cart/Add``."""', mine
    )


def test_comments_around_a_stub_stay() -> None:
    """Comments above and below a stub are the user's, and stay when the stub is replaced."""
    given = signature("Item Nothing", "Item Items")
    text = (
        generated(given)[HANDLER].replace("    async def add", "    # above\n    async def add") + "        # below\n"
    )
    assert (
        bring(given, {HANDLER: text}).text()
        == given.update.handler.replace("    async def add", "    # above\n    async def add") + "        # below\n"
    )


def test_decorated_stub_is_touched() -> None:
    """A decorator makes a stub the user's: it is not replaced, its annotations follow."""
    given = signature("Item Nothing", "Item Items")
    text = generated(given)[HANDLER].replace("    async def add", "    @mine\n    async def add")
    assert bring(given, {HANDLER: text}).text() == text.replace("cart_pb2.Nothing:", "cart_pb2.Items:")


def test_removed_rpc_leaves_its_method() -> None:
    """The method of a removed RPC stays; the report says where it is."""
    outcome = bring(change(proto(rpc("Add"), rpc("Get")), proto(rpc("Get"))), {HANDLER: HEAD + ADD})
    assert outcome.result.write == {}
    assert outcome.result.changes == ["- rpc shop.Cart/Add"]
    assert outcome.result.todo == [f"shop.Cart/Add was removed, its method stays: {HANDLER}:12"]


def test_removed_rpc_without_a_method() -> None:
    """If the method of a removed RPC was deleted too, no action is needed."""
    outcome = bring(change(proto(rpc("Add"), rpc("Get")), proto(rpc("Get"))), {HANDLER: HEAD + "    pass\n"})
    assert (outcome.result.changes, outcome.result.todo) == (["- rpc shop.Cart/Add"], [])


def test_broken_file_and_everything_at_once() -> None:
    """Updates that a broken file cannot get are reported in full."""
    before = proto(rpc("Add"), rpc("Old"), rpc("Gone", "Order"), rpc("Kept", "Items"))
    now = proto(rpc("Add", "Order"), rpc("Renamed"), rpc("Kept", "Items"), rpc("Fresh"))
    outcome = bring(change(before, now), {HANDLER: HEAD + ADD + "("})
    assert outcome.result.pending == ["/shop.Cart/Renamed", "/shop.Cart/Fresh"]
    assert outcome.result.changes == [
        "+ rpc shop.Cart/Fresh",
        "- rpc shop.Cart/Gone",
        "rename rpc shop.Cart/Old -> Renamed",
        "~ signature shop.Cart/Add (shop.Item) returns (shop.Nothing) -> (shop.Order) returns (shop.Nothing)",
    ]
    assert (
        "it was not changed; rename old to renamed; add is (shop.Order) returns (shop.Nothing) now;"
        in outcome.result.todo[0]
    )
    assert "async def renamed(" in outcome.result.todo[0]


def test_package_that_moved_changes_no_signature() -> None:
    """A service in another package than before keeps its class; only imports have to follow."""
    given = change(
        {"a/cart.proto": proto(rpc("Add"), package="a")}, {"b/cart.proto": proto(rpc("Add"), package="b")}, "b.Cart"
    )
    outcome = bring(given, generated(given))
    assert outcome.result.changes == []
    assert outcome.text() == given.update.handler.replace("of b.Cart", "of a.Cart").replace("service b.", "service a.")


def methods(text: str) -> list[str]:
    """The methods of the first class, in order."""
    (found,) = (node for node in ast.parse(text).body if isinstance(node, ast.ClassDef))
    return [n.name for n in found.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
