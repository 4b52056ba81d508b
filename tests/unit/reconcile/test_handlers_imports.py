"""Imports of handler and test files: what a change needs comes, what it leaves behind goes."""

import pytest

from tests.support.stubs import STUB

from .handlers_harness import HANDLER, TEST, bring, change, generated, proto, rpc

STREAM = change(proto(rpc("Add")), proto(rpc("Add"), rpc("Watch", response="stream Items")))

CLASS = "\n\nclass Cart(CartServicer):\n    x = 1\n"

OURS = """\
from ..gen import cart_pb2
from ..gen.servicers import CartServicer
from ..runtime.server import Context
"""

FUTURE = "from __future__ import annotations\n"
ITERATOR = "from collections.abc import AsyncIterator\n"

STREAMING = {
    "below the future": (f"{FUTURE}\n{OURS}", f"{FUTURE}\n{ITERATOR}\n{OURS}"),
    "above all others": (OURS, f"{ITERATOR}\n{OURS}"),
    "below a docstring": (f'"""Mine."""\n\n{OURS}', f'"""Mine."""\n\n{ITERATOR}\n{OURS}'),
    "among the standard library's": (
        f"import asyncio\nfrom dataclasses import field\n\n{OURS}",
        f"import asyncio\n{ITERATOR}from dataclasses import field\n\n{OURS}",
    ),
    "first of the standard library's": (
        f"# mine\nfrom dataclasses import field  # too\n\n{OURS}",
        f"# mine\n{ITERATOR}from dataclasses import field  # too\n\n{OURS}",
    ),
    "last of the standard library's": (
        f"import asyncio\nimport sys; import os \\\n\n{OURS}",
        f"import asyncio\nimport sys; import os \\\n\n{ITERATOR}{OURS}",
    ),
    "above what others wrote": (f"import grpc\n\n{OURS}", f"{ITERATOR}\nimport grpc\n\n{OURS}"),
    "beside a line of one's own": (
        f"from collections.abc import (\n    Callable,  # mine\n)\n\n{OURS}",
        f"{ITERATOR}from collections.abc import (\n    Callable,  # mine\n)\n\n{OURS}",
    ),
    "there already": (f"{ITERATOR}\n{OURS}", f"{ITERATOR}\n{OURS}"),
    "there under another module": (
        f"from typing import AsyncIterator\n\n{OURS}",
        f"from typing import AsyncIterator\n\n{OURS}",
    ),
    "there in a try": (
        f"{OURS}try:\n    from x import AsyncIterator\nexcept ImportError:\n    AsyncIterator = object\n",
        f"{OURS}try:\n    from x import AsyncIterator\nexcept ImportError:\n    AsyncIterator = object\n",
    ),
    "there for type checkers": (
        f"{FUTURE}{OURS}if typing.TYPE_CHECKING:\n    {ITERATOR}",
        f"{FUTURE}{OURS}if typing.TYPE_CHECKING:\n    {ITERATOR}",
    ),
    "there for type checkers, but needed": (
        f"{OURS}if TYPE_CHECKING:\n    {ITERATOR}",
        f"{ITERATOR}\n{OURS}if TYPE_CHECKING:\n    {ITERATOR}",
    ),
    "everything is missing": (
        f"{FUTURE}\nfrom ..gen.servicers import CartServicer\n",
        f"{FUTURE}\n{ITERATOR}\n{OURS}",
    ),
    "modules of the same name": ("import collections.abc\n" + OURS, f"import collections.abc\n{ITERATOR}{OURS}"),
    "star": (f"from x import *\n\n{OURS}", f"{ITERATOR}\nfrom x import *\n\n{OURS}"),
}


@pytest.mark.parametrize("case", STREAMING)
def test_missing_imports_are_added(case: str) -> None:
    """An import that a stub needs is added where isort would have it, and only if its name is free."""
    before, after = STREAMING[case]
    text = bring(STREAM, {HANDLER: before + CLASS}).text()
    assert text.startswith(after + CLASS)


def test_imports_above_a_class_without_any() -> None:
    """Without any import, the new ones are above the first statement, decorators included."""
    text = bring(STREAM, {HANDLER: "#!/usr/bin/python\n\n@x\nclass Cart(servicers.CartServicer): ...\n"}).text()
    assert text.startswith(
        f"#!/usr/bin/python\n\n{ITERATOR}\n"
        "from ..gen import cart_pb2\nfrom ..runtime.server import Context\n\n@x\nclass"
    )


def test_imports_below_the_class_do_not_count_as_a_place() -> None:
    """New imports are above the class even if the file imports below it too."""
    text = bring(STREAM, {HANDLER: OURS + CLASS + "\n\nimport zlib\n"}).text()
    assert text.startswith(f"{ITERATOR}\n{OURS}")


def test_imports_from_a_folder_below() -> None:
    """A class in a folder below imports with as many dots more."""
    path = "src/shop/handlers/a/b/cart.py"
    text = bring(STREAM, {path: "from ....gen.servicers import CartServicer\n" + CLASS}).text(path)
    assert text.startswith(f"{ITERATOR}\n{OURS.replace('from ..', 'from ....')}\n")


TWO = {
    "cart.proto": proto(rpc("Add"), imports='import "other.proto";'),
    "other.proto": 'syntax = "proto3";\npackage shop;\nmessage Other {}\n',
}


def test_generated_line_grows() -> None:
    """A line that is as it was generated gets the new name too; one that the user wrote stays."""
    given = change(TWO, {**TWO, "cart.proto": proto(rpc("Add"), rpc("Get", "Other"), imports='import "other.proto";')})
    assert bring(given, generated(given)).text() == given.update.handler
    assert "from ..gen import cart_pb2, other_pb2\n" in given.update.handler
    mine = generated(given)[HANDLER].replace("import cart_pb2", "import cart_pb2  # mine")
    assert "import cart_pb2  # mine\nfrom ..gen import other_pb2\n" in bring(given, {HANDLER: mine}).text()


def test_generated_line_shrinks() -> None:
    """A name that nothing needs any more leaves a generated line; one that is needed, or written by hand, stays."""
    given = change({**TWO, "cart.proto": proto(rpc("Add", "Other"), imports='import "other.proto";')}, TWO)
    files = generated(given)
    outcome = bring(given, files)
    assert (outcome.text(), outcome.text(TEST)) == (given.update.handler, given.update.test)
    used = files[HANDLER] + "\n\n# other_pb2 is of use\n"
    assert "from ..gen import cart_pb2, other_pb2\n" in bring(given, {HANDLER: used}).text()
    mine = files[HANDLER].replace("other_pb2\n", "other_pb2  # mine\n")
    assert "from ..gen import cart_pb2, other_pb2  # mine\n" in bring(given, {HANDLER: mine}).text()


def test_unused_sections_go_with_their_empty_line() -> None:
    """Whole sections that are not needed any more go, and leave one empty line."""
    empty = 'import "google/protobuf/empty.proto";\nimport "google/protobuf/any.proto";'
    given = change(
        proto(rpc("Add", "stream google.protobuf.Empty", "stream google.protobuf.Any"), imports=empty),
        proto(rpc("Add"), imports=empty),
    )
    outcome = bring(given, generated(given))
    assert (outcome.text(), outcome.text(TEST)) == (given.update.handler, given.update.test)


def moved(old: str, new: str, *rpcs: str) -> tuple[dict[str, str], dict[str, str]]:
    """Messages of the cart's that went from one file to another."""
    messages = 'syntax = "proto3";\npackage shop.data;\nmessage Old {}\nmessage Two {}\n'
    service = proto(*(rpcs or (rpc("Add", "data.Old"), rpc("Get", "data.Two"))), imports='import "%s";')
    return (
        {"cart.proto": service % old, old: messages},
        {"cart.proto": service % new, new: messages},
    )


WRITTEN = "\n\nclass Cart(CartServicer):\n    async def add(self, request, context):\n        return old_pb2.Two()\n"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        (HANDLER, "from ..gen.data import old_pb2", "from ..gen.new import fresh_pb2 as old_pb2"),
        (HANDLER, "from shop.gen.data import old_pb2", "from shop.gen.new import fresh_pb2 as old_pb2"),
        ("src/shop/handlers/a/b.py", "from ...gen.data import old_pb2", "from ...gen.new import fresh_pb2 as old_pb2"),
        (HANDLER, "from ..gen.data import old_pb2 as o  # mine", "from ..gen.new import fresh_pb2 as o  # mine"),
    ],
)
def test_import_of_a_moved_module_is_redirected(path: str, before: str, after: str) -> None:
    """An import of a removed module is redirected to the one that has its messages now, under the old name."""
    given = change(*moved("data/old.proto", "new/fresh.proto"))
    assert given.gone == {"data.old_pb2"}
    outcome = bring(given, {path: before + "\n" + WRITTEN})
    assert outcome.text(path) == after + "\n" + WRITTEN
    assert outcome.result.todo == []


@pytest.mark.parametrize(
    "line",
    [
        "from ..gen.data.old_pb2 import Old",
        "from ..gen.data import old_pb2, other",
        "import shop.gen.data.old_pb2",
        "import shop.gen.data.old_pb2 as old_pb2",
    ],
)
def test_import_that_cannot_be_redirected_is_reported(line: str) -> None:
    """An import of a removed module, written in another way, stays and is reported."""
    given = change(*moved("data/old.proto", "new/fresh.proto"))
    outcome = bring(given, {HANDLER: line + "\n" + WRITTEN})
    assert outcome.result.write == {}
    assert outcome.result.todo == [f"{HANDLER}:1: shop.gen.data.old_pb2 was removed, so the program cannot start"]


def test_generated_line_is_split() -> None:
    """A generated line that imports a removed module and another one becomes two lines."""
    given = change(*moved("old.proto", "new/fresh.proto", rpc("Add", "data.Old"), rpc("Put")))
    text = generated(given)[HANDLER].replace(STUB, "return old_pb2.Two()")
    outcome = bring(given, {HANDLER: text})
    assert "from ..gen import cart_pb2\nfrom ..gen.new import fresh_pb2 as old_pb2\n" in outcome.text()
    assert outcome.result.todo == []


def test_untouched_files_follow_a_moved_module() -> None:
    """Untouched files import the module from where it is now, and the old one no more."""
    given = change(*moved("data/old.proto", "new/fresh.proto"))
    outcome = bring(given, generated(given))
    assert (outcome.text(), outcome.text(TEST)) == (given.update.handler, given.update.test)


def test_module_that_was_removed_is_reported() -> None:
    """Where nothing has the messages any more, the import stays and is named; an unused one goes."""
    data = 'syntax = "proto3";\npackage shop.data;\nmessage Old {}\n'
    before = {
        "cart.proto": proto(rpc("Add", "data.Old"), rpc("Get"), imports='import "data/old.proto";'),
        "data/old.proto": data,
    }
    given = change(before, proto(rpc("Get")))
    outcome = bring(given, generated(given))
    line = outcome.text().splitlines().index("from ..gen.data import old_pb2") + 1
    assert outcome.result.todo == [
        f"shop.Cart/Add was removed, its method stays: {HANDLER}:{outcome.text().splitlines().index('    async def add(') + 1}",
        f"{HANDLER}:{line}: shop.gen.data.old_pb2 was removed, so the program cannot start",
    ]
    assert outcome.text(TEST) == given.update.test


def test_message_that_became_a_well_known_one() -> None:
    """A module whose messages a distribution has now is imported from there."""
    data = 'syntax = "proto3";\npackage shop.data;\nmessage Empty {}\n'
    given = change(
        {"cart.proto": proto(rpc("Add", "data.Empty"), imports='import "old.proto";'), "old.proto": data},
        proto(rpc("Add", "google.protobuf.Empty"), imports='import "google/protobuf/empty.proto";'),
    )
    outcome = bring(given, {HANDLER: "from ..gen import old_pb2\n" + WRITTEN})
    assert outcome.text() == "from google.protobuf import empty_pb2 as old_pb2\n" + WRITTEN
