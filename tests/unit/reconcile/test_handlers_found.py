"""The class of a service's handler is found wherever the user put it, or it is said that it was not."""

import pytest

from protoc_gen_pyservice.outputs.notes import EntryPoint, Note, Reason

from .cart_harness import ADD, CLASS, FRESH, HEAD, class_body, inward, is_subsequence
from .handlers_harness import HANDLER, bring, change, proto, rpc

FOUND = {
    "renamed class": CLASS.replace("class Cart(", "class Basket("),
    "extra bases": CLASS.replace("(CartServicer)", "(dict, CartServicer, metaclass=type)"),
    "base of a module": CLASS.replace("(CartServicer)", "(servicers.CartServicer)"),
    "renamed base": "from ..gen.servicers import CartServicer as Base\n\n\n" + CLASS.replace("CartServicer", "Base"),
    "decorated": "@decorator\n@other(\n    1\n)\n" + CLASS,
    "behind another class": "class Other: pass\n\n\n" + CLASS,
    "inside a function": "def make():\n" + inward(CLASS) + "    return Cart\n",
    "inside a class": "class Outer:\n" + inward(CLASS),
    "async property": CLASS + "\n    @property\n    async def name(self): ...\n",
    "class with else": "try:\n    import x\nexcept ImportError:\n" + inward(CLASS) + "else:\n    pass\n",
    "overloads": CLASS
    + "".join(f"\n    @overload\n    def get(self, x: {kind}) -> None: ...\n" for kind in ("int", "str")),
    "match": CLASS + "\n    def f(self, x):\n        match x:\n            case [1, *_]: return {**x}\n",
}


@pytest.mark.parametrize("case", FOUND)
def test_class_is_found(case: str) -> None:
    """The class is the one that derives from the servicer, in any surroundings."""
    before = HEAD + FOUND[case]
    after = bring(ADD, {HANDLER: before}).text()
    assert "fresh" in class_body(after, "Basket" if case == "renamed class" else "Cart")
    assert is_subsequence(before, after)


MOVED = {
    "src/shop/handlers/other.py": HEAD,
    "src/shop/handlers/__init__.py": HEAD,
    "src/shop/handlers/deep/__init__.py": HEAD.replace("from ..", "from ..."),
    "src/shop/handlers/deep/deeper/cart.py": HEAD.replace("from ..", "from ...."),
}


@pytest.mark.parametrize("path", MOVED)
def test_class_is_found_in_another_file(path: str) -> None:
    """A class that was moved is edited where it is, and nothing comes back where it was."""
    outcome = bring(ADD, {path: MOVED[path] + CLASS, "src/shop/handlers/aaa.py": "import CartServicer\n"})
    assert outcome.text(path) == MOVED[path] + CLASS + FRESH
    assert list(outcome.result.write) == [path]


def test_first_of_two_classes() -> None:
    """Of several handler classes the first in path order gets the stub."""
    outcome = bring(ADD, {"src/shop/handlers/b.py": HEAD + CLASS, "src/shop/handlers/a.py": HEAD + CLASS})
    assert list(outcome.result.write) == ["src/shop/handlers/a.py"]


BROKEN = {
    "a bracket too many": (HEAD + CLASS + "x = (\n", 12, "'(' was never closed"),
    "half a merge": (HEAD + "<<<<<<< yours\n" + CLASS, 9, "invalid syntax"),
    "half an escape": (HEAD + 'X = "\\x"\n' + CLASS, 9, "truncated"),
    "half an escape in bytes": (HEAD + 'X = b"\\x1"\n' + CLASS, 9, "invalid"),
    "a letter in bytes": (HEAD + 'X = b"é"\n' + CLASS, 9, "ASCII"),
    "a null byte": (HEAD + CLASS + "\0", None, ""),
    "no such encoding": ("# coding: klingon\n" + HEAD + CLASS, None, ""),
    "wrong encoding": ("# coding: ascii\n" + HEAD + CLASS + "# é\n", None, ""),
}


@pytest.mark.parametrize("case", BROKEN)
def test_file_that_does_not_parse_is_left_alone(case: str) -> None:
    """What cannot be understood is not touched: the user gets the stub, and a later run tries again."""
    text, line, reason = BROKEN[case]
    outcome = bring(ADD, {HANDLER: text})
    assert outcome.result.write == {}
    assert outcome.result.pending == ["/shop.Cart/Fresh"]
    assert outcome.result.changes == ["+ rpc shop.Cart/Fresh"]
    (todo,) = map(str, outcome.result.todo)
    assert todo.startswith(f"{HANDLER}:{line} does not parse" if line else f"{HANDLER} cannot be read")
    assert reason in todo
    assert FRESH.strip("\n") in todo


def test_broken_file_beside_the_class() -> None:
    """A broken file elsewhere does not matter as long as the class is found."""
    outcome = bring(ADD, {"src/shop/handlers/a.py": "CartServicer (", HANDLER: HEAD + CLASS})
    assert outcome.text() == HEAD + CLASS + FRESH


def test_pending_stub_is_written_later() -> None:
    """An RPC that an earlier run could not write is written when the file parses again."""
    same = change(proto(rpc("Add"), rpc("Fresh")), proto(rpc("Add"), rpc("Fresh")))
    pending = frozenset({"/shop.Cart/Fresh", "/other.Service/Rpc"})
    assert bring(same, {HANDLER: HEAD + CLASS + "("}, pending).result.pending == ["/shop.Cart/Fresh"]
    outcome = bring(same, {HANDLER: HEAD + CLASS}, pending)
    assert outcome.text() == HEAD + CLASS + FRESH
    assert outcome.result.pending == []
    assert outcome.result.changes == [f"+ rpc shop.Cart/Fresh: {HANDLER}:13"]


def test_deleted_file_stays_deleted() -> None:
    """A deleted handler does not come back by itself; the report says how it does."""
    outcome = bring(ADD, {"src/shop/handlers/__init__.py": ""})
    assert outcome.result.write == {}
    note = Note(Reason.HANDLER_DELETED, HANDLER)
    assert outcome.result.todo == [note]
    assert note.words(EntryPoint.PROTOC) == f"{HANDLER} was deleted and stays deleted; restore={HANDLER} restores it"
    assert note.words(EntryPoint.PYSERVICE).endswith(f"; --restore {HANDLER} restores it")


def test_file_without_the_class() -> None:
    """A handler file without its class is not changed, and the report says so."""
    outcome = bring(ADD, {HANDLER: "x = 1\n"})
    assert outcome.result.write == {}
    assert "no class in handlers/ derives from CartServicer" in outcome.result.todo[0]


def test_new_service_is_left_to_be_created() -> None:
    """A new service without any file needs no update."""
    outcome = bring(change(None, proto(rpc("Add"))), {})
    assert (outcome.files, outcome.result.changes, outcome.result.todo) == ({}, [], [])


def test_new_service_whose_class_is_there() -> None:
    """A class that was there before its service gets what it lacks."""
    outcome = bring(change(None, proto(rpc("Add"), rpc("Fresh"))), {HANDLER: HEAD + CLASS})
    assert outcome.text() == HEAD + CLASS + FRESH
    assert outcome.result.changes == [f"+ rpc shop.Cart/Fresh: {HANDLER}:13"]
