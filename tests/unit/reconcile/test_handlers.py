"""A new RPC gets a stub in the handler class, whatever the user made of the file."""

import ast

import pytest

from protoc_gen_pyservice.outputs.report import FileAction

from .cart_harness import ADD, CLASS, FRESH, HEAD, class_body, inward, is_subsequence
from .handlers_harness import HANDLER, TEST, bring, change, generated, proto, rpc

EXACT = {
    "plain": (HEAD + CLASS, HEAD + CLASS + FRESH),
    "helpers follow the class": (
        HEAD + CLASS + "\n\ndef helper():\n    return 1\n",
        HEAD + CLASS + FRESH + "\n\ndef helper():\n    return 1\n",
    ),
    "no empty line before what follows": (HEAD + CLASS + "x = 1\n", HEAD + CLASS + FRESH + "x = 1\n"),
    "comments that belong to the class": (
        HEAD + CLASS + "        # of add\n\n    # of Cart\n\n\n# of the file\n",
        HEAD + CLASS + "        # of add\n\n    # of Cart\n" + FRESH + "\n\n# of the file\n",
    ),
    "a comment of the file that is further in, later": (
        HEAD + CLASS + "# of the file\n    # odd\n",
        HEAD + CLASS + FRESH + "# of the file\n    # odd\n",
    ),
    "no final newline": ((HEAD + CLASS).rstrip("\n"), (HEAD + CLASS + FRESH).rstrip("\n")),
    "no final newline behind a comment": (
        HEAD + CLASS + "    # mine",
        HEAD + CLASS + "    # mine\n" + FRESH.rstrip("\n"),
    ),
    "blanks at the end": (HEAD + CLASS + "\n\n    ", HEAD + CLASS + FRESH + "\n\n    "),
    "CRLF": ((HEAD + CLASS).replace("\n", "\r\n"), (HEAD + CLASS + FRESH).replace("\n", "\r\n")),
    "old Mac line ends": ((HEAD + CLASS).replace("\n", "\r"), (HEAD + CLASS + FRESH).replace("\n", "\r")),
    "byte-order mark": ("\ufeff" + HEAD + CLASS, "\ufeff" + HEAD + CLASS + FRESH),
    "tabs": ((HEAD + CLASS).replace("    ", "\t"), (HEAD + CLASS + FRESH).replace("    ", "\t")),
    "two blanks": ((HEAD + CLASS).replace("    ", "  "), (HEAD + CLASS + FRESH).replace("    ", "  ")),
    "form feeds": (HEAD + "\f\n" + CLASS + "\f\n", HEAD + "\f\n" + CLASS + FRESH + "\f\n"),
    "inside if": (
        HEAD + "if True:\n" + inward(CLASS) + "else:\n    x = 1\n",
        HEAD + "if True:\n" + inward(CLASS + FRESH) + "else:\n    x = 1\n",
    ),
    "inside try, tabs around blanks": (
        HEAD + "try:\n" + inward(CLASS, "\t") + "except Exception:\n\traise\n",
        HEAD + "try:\n" + inward(CLASS + FRESH, "\t") + "except Exception:\n\traise\n",
    ),
    "only a docstring": (
        HEAD + 'class Cart(CartServicer):\n    """Mine."""\n',
        HEAD + 'class Cart(CartServicer):\n    """Mine."""\n' + FRESH,
    ),
    "only dots": (HEAD + "class Cart(CartServicer):\n    ...\n", HEAD + "class Cart(CartServicer):\n    ...\n" + FRESH),
    "in one line": (
        HEAD + "class Cart(CartServicer): pass  # mine\n",
        HEAD + "class Cart(CartServicer):\n    pass  # mine\n" + FRESH,
    ),
    "in one line, without a blank": (
        HEAD + "class Cart(CartServicer):...",
        HEAD + "class Cart(CartServicer):\n    ...\n" + FRESH.rstrip("\n"),
    ),
    "in one line, several statements": (
        HEAD + "class Cart(CartServicer):  x = 1; y = 2;\nz = 3\n",
        HEAD + "class Cart(CartServicer):\n    x = 1; y = 2;\n" + FRESH + "z = 3\n",
    ),
    "ends in a semicolon": (
        HEAD + CLASS + "    x = 1; y = 2;  # mine\n",
        HEAD + CLASS + "    x = 1; y = 2;  # mine\n" + FRESH,
    ),
    "ends in a line that goes on": (
        HEAD + CLASS + "    x = 1 \\\n\n# of the file\n",
        HEAD + CLASS + "    x = 1 \\\n\n" + FRESH + "# of the file\n",
    ),
    "ends in a string of many lines": (
        HEAD + CLASS + '    x = """\n# no comment\nclass A:\n"""\n\ny = 1\n',
        HEAD + CLASS + '    x = """\n# no comment\nclass A:\n"""\n' + FRESH + "\ny = 1\n",
    ),
    "newer syntax": (
        HEAD + CLASS.replace("Cart(", "Cart[T = int](") + "\n    type X = int\n",
        HEAD + CLASS.replace("Cart(", "Cart[T = int](") + "\n    type X = int\n" + FRESH,
    ),
    "a class inside": (
        HEAD + CLASS + "\n    class Inner:\n        def fresh(self): ...\n",
        HEAD + CLASS + "\n    class Inner:\n        def fresh(self): ...\n" + FRESH,
    ),
    "a function inside of that name": (
        HEAD + CLASS + "        def fresh(): ...\n",
        HEAD + CLASS + "        def fresh(): ...\n" + FRESH,
    ),
}


@pytest.mark.parametrize("case", EXACT)
def test_stub_goes_to_the_end_of_the_class(case: str) -> None:
    """The stub is at the end of the class body, in the style of the file; everything else is unchanged."""
    before, after = EXACT[case]
    assert bring(ADD, {HANDLER: before}).text() == after


THERE = {
    "method": "    def fresh(self): ...\n",
    "assignment": "    fresh = None\n",
    "annotated": "    fresh: object\n",
    "unpacked": "    (x, [fresh, y]) = 1, (2, 3)\n",
    "conditional": "    if True:\n        async def fresh(self): ...\n",
    "imported": "    from x import y as fresh\n",
    "class": "    class fresh: ...\n",
    "property": "    @property\n    def fresh(self): ...\n",
    "with": "    with open('x') as fresh: ...\n",
    "loop": "    for fresh in (): ...\n",
    "typing": "    if TYPE_CHECKING:\n        fresh: object\n",
}


@pytest.mark.parametrize("case", THERE)
def test_name_that_is_there_stays(case: str) -> None:
    """A class that has a name already, in whatever way, is not given it again."""
    outcome = bring(ADD, {HANDLER: HEAD + CLASS + THERE[case]})
    assert outcome.result.write == {}
    assert outcome.result.changes[0].startswith("+ rpc shop.Cart/Fresh: src/shop/handlers/cart.py:")


def test_report_names_the_line() -> None:
    """The report says where the stub is, in the file as it is now."""
    outcome = bring(ADD, {HANDLER: HEAD + CLASS})
    assert outcome.result.changes == [f"+ rpc shop.Cart/Fresh: {HANDLER}:13"]
    assert outcome.text().splitlines()[12] == "    async def fresh("
    assert [(event.action, event.path) for event in outcome.result.events] == [(FileAction.MERGED, HANDLER)]
    assert outcome.result.todo == []
    assert outcome.result.pending == []


def test_several_stubs_keep_the_order_of_the_proto() -> None:
    """Several new RPCs come in their order, an empty line before each."""
    given = change(proto(rpc("Add")), proto(rpc("Zebra"), rpc("Add"), rpc("Ant")))
    assert class_body(bring(given, {HANDLER: HEAD + CLASS}).text(), "Cart") == ["add", "zebra", "ant"]


def test_nothing_changed() -> None:
    """Without a change, and for a mere change of comments, no file is even parsed."""
    given = change(proto(rpc("Add")), "// A comment.\n" + proto(rpc("Add")))
    assert bring(given, {HANDLER: "CartServicer ("}).result.todo == []


def test_other_encodings_stay() -> None:
    """A file in Latin-1 stays in it; what it has no letter for is written as an escape."""
    commented = proto("// Größe → Maß\n" + rpc("Fresh"), rpc("Add"))
    head = "# -*- coding: latin-1 -*-\n" + HEAD
    outcome = bring(change(proto(rpc("Add")), commented), {HANDLER: (head + CLASS + "# ä\n").encode("latin-1")})
    text = outcome.files[HANDLER].decode("latin-1")
    assert '"""Größe \\u2192 Maß"""' in text
    assert is_subsequence(head + CLASS + "# ä\n", text)
    assert ast.parse(outcome.files[HANDLER])


def test_untouched_files_are_as_generated_anew() -> None:
    """Unedited files are the same as newly generated ones."""
    given = change(
        proto(rpc("Add")), proto(rpc("Add"), rpc("Watch", "Order", "stream Items"), rpc("Put", "stream Item"))
    )
    outcome = bring(given, generated(given))
    assert outcome.text(HANDLER) == given.update.handler
    assert outcome.text(TEST) == given.update.test


def test_first_rpc_of_a_service() -> None:
    """A class without any method gets its first one, and every import it needs."""
    given = change(proto(), proto(rpc("Add", "Items", "stream Order")))
    outcome = bring(given, generated(given))
    assert (outcome.text(HANDLER), outcome.text(TEST)) == (given.update.handler, given.update.test)


def test_types_that_python_cannot_name() -> None:
    """A message whose name is a keyword comes with the import of its substitute."""
    now = proto(rpc("Add"), rpc("Get", "None")) + "message None {}\n"
    given = change(proto(rpc("Add")), now)
    outcome = bring(given, generated(given))
    assert "from google.protobuf.message import Message\n" in given.update.handler
    assert (outcome.text(HANDLER), outcome.text(TEST)) == (given.update.handler, given.update.test)


def test_two_services_in_one_file() -> None:
    """Classes that share a file are edited one after the other, each on what was written for the one before."""
    carts = (
        proto(rpc("Add"), rpc("Fresh"))
        + "service Till { rpc Add(Item) returns (Item); rpc Pay(Item) returns (Item); }\n"
    )
    before = proto(rpc("Add")) + "service Till { rpc Add(Item) returns (Item); }\n"
    text = HEAD + CLASS + "\n\n" + CLASS.replace("Cart", "Till")
    first = bring(change(before, carts), {HANDLER: text})
    second = bring(change(before, carts, "shop.Till"), first.files)
    assert second.text() == HEAD + CLASS + FRESH + "\n\n" + CLASS.replace("Cart", "Till") + FRESH.replace(
        "fresh", "pay"
    ).replace("Cart/Fresh", "Till/Pay").replace("Nothing", "Item")


def test_docstring_is_indented_with_its_class() -> None:
    """A docstring of many lines keeps its inner indentation in a class that uses tabs."""
    commented = proto("// First.\n// \n//     code\n// last\n" + rpc("Fresh"), rpc("Add"))
    text = bring(change(proto(rpc("Add")), commented), {HANDLER: (HEAD + CLASS).replace("    ", "\t")}).text()
    assert '\t\t"""First.\n\n\t\t    code\n\t\tlast\n\t\t"""\n' in text
