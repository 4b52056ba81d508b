"""Test files of a service: untouched tests follow their RPC, edited ones stay and are named."""

import pytest

from .handlers_harness import HANDLER, TEST, bring, change, generated, new_tests, proto, rpc

FRESH = change(proto(rpc("Add")), proto(rpc("Add"), rpc("Fresh")))

HEAD = """\
import grpc

from shop.gen import cart_pb2
from shop.gen.clients import CartClient

from ..samples import sample
"""

MINE = """\


async def test_add(channel: grpc.aio.Channel) -> None:
    assert await CartClient(channel).add(cart_pb2.Item())  # mine
"""

NEW = '''

async def test_fresh(channel: grpc.aio.Channel) -> None:
    """Fresh responds. TODO(you): assert the expected response."""
    client = CartClient(channel)
    request = sample(cart_pb2.Item)
    response = await client.fresh(request, timeout=5)
    assert response.IsInitialized()
'''

EXACT = {
    "plain": (HEAD + MINE, HEAD + MINE + NEW),
    "CRLF": ((HEAD + MINE).replace("\n", "\r\n"), (HEAD + MINE + NEW).replace("\n", "\r\n")),
    "byte-order mark": ("\ufeff" + HEAD + MINE, "\ufeff" + HEAD + MINE + NEW),
    "no final newline": ((HEAD + MINE).rstrip(), (HEAD + MINE + NEW).rstrip()),
    "one empty line at the end": (HEAD + MINE + "\n", HEAD + MINE + NEW),
    "many empty lines at the end": (HEAD + MINE + "\n\n\n\n", HEAD + MINE + "\n\n" + NEW),
    "a comment at the end": (HEAD + MINE + "# mine", HEAD + MINE + "# mine\n" + NEW.rstrip()),
    "no tests": (HEAD, HEAD + NEW),
    "no tests, no final newline": (HEAD.rstrip(), (HEAD + NEW).rstrip()),
    "a class at the end": (HEAD + "class TestX:\n    x = 1\n", HEAD + "class TestX:\n    x = 1\n" + NEW),
    "that test is there": (HEAD + MINE + "def test_fresh(): ...\n", HEAD + MINE + "def test_fresh(): ...\n"),
    "that test is in a class": (
        HEAD + MINE + "class TestX:\n    async def test_fresh(self): ...\n",
        HEAD + MINE + "class TestX:\n    async def test_fresh(self): ...\n",
    ),
    "imports are missing": (
        "import pytest\n\nfrom shop.gen.clients import CartClient\n" + MINE,
        "import grpc\nimport pytest\n\nfrom shop.gen import cart_pb2\nfrom shop.gen.clients import CartClient\n"
        "\nfrom ..samples import sample\n" + MINE + NEW,
    ),
}


@pytest.mark.parametrize("case", EXACT)
def test_new_test_goes_to_the_end(case: str) -> None:
    """The test of a new RPC is appended, two empty lines below the rest, unless there is one."""
    before, after = EXACT[case]
    assert bring(FRESH, {**generated(FRESH), TEST: before}).text(TEST) == after


@pytest.mark.parametrize("files", [{}, {"tests/handlers/other.py": HEAD}, {TEST: "# given up\n"}])
def test_deleted_tests_stay_deleted(files: dict[str, str]) -> None:
    """Without tests of this service there are none to update, and nothing is reported."""
    outcome = bring(FRESH, {HANDLER: generated(FRESH)[HANDLER], **files})
    assert list(outcome.result.write) == [HANDLER]
    assert outcome.result.todo == []


def test_moved_tests_are_found() -> None:
    """Tests in another file are known by the client they use and by their names."""
    path = "tests/handlers/deep/test_other.py"
    outcome = bring(FRESH, {**generated(FRESH), TEST: "# moved\n", path: HEAD + MINE})
    assert outcome.text(path) == HEAD + MINE + NEW
    assert outcome.text(TEST) == "# moved\n"


def test_broken_tests_are_left_alone() -> None:
    """A test file that does not parse is named; the handler is updated all the same."""
    outcome = bring(FRESH, {**generated(FRESH), TEST: HEAD + "("})
    assert list(outcome.result.write) == [HANDLER]
    assert outcome.result.todo == [
        f"{TEST}:7 does not parse ('(' was never closed), so the tests of shop.Cart were not changed"
    ]
    assert outcome.result.pending == []


FOLLOW = {
    "renamed": (proto(rpc("Add"), rpc("Last", "Order")), proto(rpc("Put"), rpc("Last", "Order"))),
    "other types": (proto(rpc("Add"), rpc("Last", "Order")), proto(rpc("Add", "Order", "Items"), rpc("Last", "Order"))),
    "streams": (
        proto(rpc("Add"), rpc("Last", "Order")),
        proto(rpc("Add", "stream Item", "stream Items"), rpc("Last", "Order")),
    ),
    "removed": (proto(rpc("Add"), rpc("Last", "Order")), proto(rpc("Last", "Order"))),
    "the last removed": (proto(rpc("Add"), rpc("Last", "stream Order")), proto(rpc("Add"))),
    "all at once": (
        proto(rpc("Add"), rpc("Gone", "Order"), rpc("Old", "Items"), rpc("Last", "Order")),
        proto(rpc("Add", "stream Item"), rpc("New", "Items"), rpc("Last", "Order"), rpc("Fresh")),
    ),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("case", FOLLOW)
def test_untouched_tests_follow(case: str, newline: str) -> None:
    """Unedited tests are the same as newly generated ones."""
    given = change(*FOLLOW[case])
    files = {path: text.replace("\n", newline) for path, text in generated(given).items()}
    outcome = bring(given, files)
    assert outcome.text(TEST) == new_tests(given).replace("\n", newline)
    assert not any(TEST in todo for todo in outcome.result.todo)


EDITED = {
    "removed": ("removed", "still calls add, which was removed"),
    "renamed": ("renamed", "still calls add, which is put now"),
    "changed": ("other types", "calls add, which is (shop.Order) returns (shop.Items) now"),
}


@pytest.mark.parametrize("case", EDITED)
def test_edited_test_stays(case: str) -> None:
    """An edited test stays as it is, and the report names what it still calls."""
    which, why = EDITED[case]
    given = change(*FOLLOW[which])
    text = generated(given)[TEST].replace("client.add(request, timeout=5)", "client.add(request, timeout=6)")
    outcome = bring(given, {**generated(given), TEST: text})
    assert outcome.text(TEST) == text
    line = text.splitlines().index("async def test_add(channel: grpc.aio.Channel) -> None:") + 1
    assert f"{TEST}:{line} test_add {why}" in outcome.result.todo


@pytest.mark.parametrize("case", ["removed", "renamed"])
def test_edited_test_that_does_not_call_it(case: str) -> None:
    """An edited test that does not call the old method needs no word."""
    given = change(*FOLLOW[case])
    text = HEAD + "\n\ndef test_add():\n    added = 1\n"
    outcome = bring(given, {**generated(given), TEST: text})
    assert outcome.text(TEST) == text
    assert not any(TEST in todo for todo in outcome.result.todo)


def test_comments_around_a_removed_test_stay() -> None:
    """Comments above and below a test that goes are the user's, and stay."""
    given = change(*FOLLOW["removed"])
    text = generated(given)[TEST].replace("\n\n\nasync def test_add", "\n\n\n# above\nasync def test_add")
    text = text.replace("\n\n\nasync def test_last", "\n    # below\n\n\nasync def test_last")
    expected = new_tests(given).replace("\n\n\nasync def", "\n\n\n# above\n    # below\n\n\nasync def")
    assert bring(given, {**generated(given), TEST: text}).text(TEST) == expected


def test_renamed_test_by_the_user() -> None:
    """Where the test of the new name is there already, the old untouched one goes."""
    given = change(*FOLLOW["renamed"])
    text = generated(given)[TEST]
    outcome = bring(given, {**generated(given), TEST: text + "\n\ndef test_put(): ...\n"})
    assert "test_add" not in outcome.text(TEST)
    assert outcome.text(TEST).count("def test_put") == 1
