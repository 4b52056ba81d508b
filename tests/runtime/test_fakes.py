"""Fakes of a service, and synchronous clients that call a fake."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from pyservice_runtime.client import BidiStream, Fake
from pyservice_runtime.core.errors import (
    Aborted,
    DeadlineExceeded,
    NotFound,
    Unimplemented,
)

from .probe_client import ProbeClient, SyncProbeClient
from .probe_service import text
from .second_copy import SecondCopy


@pytest.fixture
def fake() -> Fake[ProbeClient]:
    """A fake of the service in `probe_service.py`."""
    return Fake(ProbeClient)


async def later(request: Any) -> Any:
    """An answer that depends on the request."""
    return text(f"{request.value}, later")


async def never(_: Any) -> Any:
    """An answer that does not come."""
    await asyncio.Event().wait()


ANSWERS: list[tuple[Any, Any]] = [
    (text("there"), "there"),
    (NotFound("order", 7), NotFound),
    (lambda request: text(request.value * 2), "aa"),
    (lambda request: NotFound("order", 7), NotFound),
    (later, "a, later"),
    ([text("there")], "there"),
    ([], TypeError),
    (7, TypeError),
    (never, DeadlineExceeded),
]


@pytest.mark.parametrize(("answer", "expected"), ANSWERS)
async def test_answers(fake: Fake[ProbeClient], answer: Any, expected: Any) -> None:
    """The answer of a fake is a response, an exception, or a function that returns or raises one."""
    fake.on("echo", answer)
    async with fake.client() as client:
        if isinstance(expected, str):
            assert (await client.echo(text("a"))).value == expected
        else:
            with pytest.raises(expected):
                await client.echo(text("a"), timeout=0.02)
    assert fake.calls[0].request == text("a")


async def test_errors_of_other_packages(fake: Fake[ProbeClient], other: SecondCopy) -> None:
    """They end the call with their status, as those of the client's package do, and so does a group of them."""

    async def gathers(_: Any) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fails())

    async def fails() -> None:
        raise other.errors.NotFound("order", 8)

    fake.on("echo", other.errors.NotFound("order", 8), gathers, ExceptionGroup("", [KeyError("a mistake")]))
    async with fake.client() as client:
        for _ in range(2):
            with pytest.raises(NotFound, match="order 8 was not found") as caught:
                await client.echo(text("a"))
            assert (caught.value.resource, caught.value.name) == ("order", "8")
        with pytest.raises(ExceptionGroup) as mistake:
            await client.echo(text("a"))
    assert mistake.group_contains(KeyError)


async def test_answers_come_one_after_the_other(fake: Fake[ProbeClient]) -> None:
    """The last answer repeats, and a mistake in a test raises an exception with a clear message."""
    for method, script, problem in (
        ("made_up", ["a"], "use one of echo, list"),
        ("echo", [], "needs at least one response"),
    ):
        with pytest.raises(ValueError, match=problem):
            fake.on(method, *script)
    async with fake.client() as client:
        with pytest.raises(Unimplemented, match="echo has no response"):
            await client.echo(text("a"))
        fake.on("echo", text("first"), text("other"))
        assert [(await client.echo(text("a"))).value for _ in "abc"] == ["first", "other", "other"]


async def flood(talk: BidiStream[StringValue, StringValue]) -> None:
    """Send without end."""
    while True:
        await talk.send(text("more"))


async def test_streams_of_a_fake(fake: Fake[ProbeClient]) -> None:
    """Responses before an error are received, and a caller can stop reading early."""
    fake.on("list", [text("a"), Aborted("no")])
    fake.on("talk", [text("a")])
    async with fake.client() as client:
        stream = client.list("x")
        assert (await anext(stream)).value == "a"
        with pytest.raises(Aborted):
            await anext(stream)
        async with client.talk() as talk:
            assert [reply.value async for reply in talk] == ["a"]
        talk = client.talk()
        await talk.__aenter__()
        await asyncio.sleep(0)
        with pytest.raises(EOFError, match="the service has ended the call"):
            await flood(talk)
        fake.on("talk", Aborted("no"))
        async with client.talk() as talk:
            with pytest.raises(Aborted):
                await flood(talk)
        fake.on("echo", never)
        waiting = asyncio.ensure_future(client.echo(text("a")))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_a_fake_channel(fake: Fake[ProbeClient]) -> None:
    """It is as good as one that is always connected."""
    async with fake.channel as channel:
        await channel.channel_ready()
        assert channel.get_state() is grpc.ChannelConnectivity.READY
        changes = channel.wait_for_state_change(grpc.ChannelConnectivity.READY)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(changes, 0.01)
        await channel.close()


# -------------------------------------------------------------------------------------------- sync


def test_a_client_without_async(fake: Fake[ProbeClient]) -> None:
    """Synchronous clients iterate over responses or batches, use bidirectional streams, and raise errors."""

    async def answers(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for request in requests:
            yield request

    fake.on("echo", NotFound("order", 7)).on("list", [text("a"), text("b"), text("c")])
    fake.on("gather", text("all")).on("talk", answers)
    with SyncProbeClient(fake.client) as client:
        with pytest.raises(NotFound):
            client.echo("a")
        with client.list("x") as replies:
            assert next(replies).value == "a"
        assert [len(batch) for batch in client.list("x").batches(2, within=10)] == [2, 1]
        assert client.gather(iter([text("a"), text("b")])).value == "all"
        with client.talk() as talk:
            talk.send(text("a"))
            talk.close_send()
            assert [reply.value for reply in talk] == ["a"]
    with fake.sync() as client, pytest.raises(NotFound):
        client.echo("a")
    client.close()
    with pytest.raises(RuntimeError, match="the client is closed"):
        client.echo("a")


def test_a_client_that_cannot_be_made() -> None:
    """It leaves no thread behind."""

    def fails() -> ProbeClient:
        raise OSError("no such file")

    with pytest.raises(OSError, match="no such file"):
        SyncProbeClient(fails)
