"""Methods of either style follow their RPC as what they are; new ones have the style of the option."""

import pytest

from protoc_gen_pyservice.inputs.options import ASYNC, SYNC
from tests.support.stubs import STUB

from .handlers_harness import HANDLER, bring, change, generated, proto, rpc

STREAM = rpc("Add", "stream Item", "stream Nothing")

each_option = pytest.mark.parametrize("option", [ASYNC, SYNC])
each_style = pytest.mark.parametrize("style", [ASYNC, SYNC])


def with_style(text: str, style: str) -> str:
    """A generated handler as it is written in a style."""
    plain = text.replace("async def ", "def ").replace("AsyncIterator", "Iterator").replace("async for", "for")
    if style == SYNC:
        return plain
    return (
        plain.replace("    def ", "    async def ").replace("Iterator", "AsyncIterator").replace(" for ", " async for ")
    )


@each_option
@each_style
def test_a_new_method_has_the_style_of_the_option(option: str, style: str) -> None:
    """Existing ones stay as they are, and a line of imports has what both need."""
    given = change(proto(STREAM), proto(STREAM, rpc("Put", "stream Item")), handlers=option)
    before = with_style(generated(given)[HANDLER], style)
    after = bring(given, {HANDLER: before}).text()
    definition, iterator = ("async def", "AsyncIterator") if option == ASYNC else ("def", "Iterator")
    stub = (
        f"\n    {definition} put(\n        self,\n        requests: {iterator}[cart_pb2.Item],\n        context: Context,\n"
        f'    ) -> cart_pb2.Nothing:\n        """Answer ``shop.Cart/Put``."""\n        {STUB}\n'
    )
    names = ", ".join(sorted({iterator, "AsyncIterator" if style == ASYNC else "Iterator"}))
    imports = f"from collections.abc import {names}\n"
    line = next(line for line in before.splitlines(keepends=True) if "collections.abc" in line)
    assert after == before.replace(line, imports) + stub


CHANGES = {
    "another message": (STREAM, rpc("Add", "stream Items", "stream Order")),
    "streams": (rpc("Add"), STREAM),
    "no streams": (STREAM, rpc("Add")),
}


@each_option
@each_style
@pytest.mark.parametrize("case", CHANGES)
def test_an_unedited_method_becomes_the_new_stub_of_its_style(option: str, style: str, case: str) -> None:
    """Whatever the option is."""
    old, new = CHANGES[case]
    given = change(proto(old), proto(new), handlers=option)
    outcome = bring(given, {HANDLER: with_style(generated(given)[HANDLER], style)})
    assert outcome.text() == with_style(given.update.handler, style)
    assert outcome.result.todo == []


@each_option
@each_style
@pytest.mark.parametrize("case", CHANGES)
def test_the_annotations_of_an_edited_method_follow(option: str, style: str, case: str) -> None:
    """A stream has the iterator of the method's style; names and body are the user's."""
    old, new = CHANGES[case]
    given = change(proto(old), proto(new), handlers=option)
    before, now = (with_style(text, style) for text in (generated(given)[HANDLER], given.update.handler))
    outcome = bring(given, {HANDLER: before.replace(STUB, "self.mine()").replace("requests:", "request:")})
    head, body = now.partition(STUB)[0].replace("requests:", "request:"), before.partition(STUB)[2]
    assert outcome.text() == f"{head}self.mine(){body}"


@each_style
def test_what_a_body_has_to_do(style: str) -> None:
    """The report names the loop of the method's style."""
    given = change(proto(rpc("Add")), proto(STREAM))
    before = with_style(generated(given)[HANDLER].replace(STUB, "self.mine()"), style)
    todo = bring(given, {HANDLER: before}).result.todo
    loop = "async for" if style == ASYNC else "for"
    assert str(todo[0]).endswith(f"Cart.add gets a stream of requests now: read it with `{loop}`")


@each_style
def test_annotations_of_the_user(style: str) -> None:
    """They stay, and the report says so; the iterator of the other style is known."""
    given = change(proto(STREAM), proto(rpc("Add", "stream Items", "stream Order")), handlers=style)
    text = generated(given)[HANDLER].replace(STUB, "self.mine()")
    mine, other = ("AsyncIterator", "Iterator") if style == ASYNC else ("Iterator", "AsyncIterator")
    edited = text.replace(f"requests: {mine}[", "requests: Iterable[").replace(f"-> {mine}[", f"-> {other}[")
    outcome = bring(given, {HANDLER: edited})
    assert "requests: Iterable[cart_pb2.Item]" in outcome.text()
    assert f"-> {other}[cart_pb2.Order]" in outcome.text()
    (todo,) = outcome.result.todo
    assert "has edited annotations, which stay" in str(todo)
