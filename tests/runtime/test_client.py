"""Clients as those who call with them meet them: calls of all kinds, and streams."""

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import grpc
import pytest
from google.protobuf.struct_pb2 import Struct
from google.protobuf.wrappers_pb2 import StringValue

from pyservice_runtime import errors
from pyservice_runtime.client import BidiStream, Options, Token, stream_status
from pyservice_runtime.client.stream_status import StreamStatus
from pyservice_runtime.core import Kind

from .probe_client import METHODS, ProbeClient, many
from .probe_service import Behavior, Blocker, method, probe_service, raises, registry, settings_for_tests, text, until

Code = grpc.StatusCode


# ------------------------------------------------------------------------------------------- kinds


def texts(*texts: str) -> Iterator[StringValue]:
    """Requests."""
    return map(text, texts)


async def test_calls_of_all_kinds() -> None:
    """Requests are messages or their fields, single or from any iterable."""
    async with (
        probe_service(settings_for_tests(), *METHODS) as probe_server,
        ProbeClient(probe_server.target) as client,
    ):
        assert (await client.echo(text("a"))).value == (await client.echo(value="a")).value == "a"
        for request, fields in ((text("a"), {"value": "a"}), (Struct(), {})):
            with pytest.raises(TypeError, match="echo takes "):
                await client.echo(request, **fields)
        assert await many(client.list("b")) == ["b"]
        assert (await client.gather(texts("c", "d"))).value == "c d"
        assert await many(client.talk(texts("e", "f"))) == ["e", "f"]
        async with client.talk() as talk:
            await talk.send(text("g"))
            assert (await anext(talk)).value == "g"
            await talk.send(value="h")
            await talk.close_send()
            assert await many(talk) == ["h"]
            with pytest.raises(RuntimeError, match="after close_send"):
                await talk.send(text("i"))
        with pytest.raises(RuntimeError, match="they come from an iterable"):
            await client.talk(texts("j")).send(text("k"))
        with pytest.raises(errors.Internal, match=r"cannot decode the response as google.protobuf.Struct"):
            await client.wrong_type()
    with pytest.raises(RuntimeError, match="echo: the client is closed"):
        await client.echo(text("a"))
    await client.close()


async def test_calls_that_cannot_be_made() -> None:
    """What is wrong with them is said before anything is sent."""
    with pytest.raises(TypeError, match="auth must be Token"):
        ProbeClient("localhost:1", auth="token")  # type: ignore[arg-type]
    for wrong, problem in (
        ({"watch_health": True, "balancing": "pick_first"}, "requires balancing='round_robin'"),
        ({"keepalive": 0}, "keepalive=0.*above 0"),
        ({"attempts": 6}, "must be 1 to 5"),
    ):
        with pytest.raises(ValueError, match=problem):
            Options(**wrong)
    async with (
        probe_service(settings_for_tests(), *METHODS) as probe_server,
        ProbeClient(probe_server.target) as client,
    ):
        for metadata, problem in (
            ({"a": "b"}, "not dict"),
            ("ab", "not str"),
            ([("Not Lower", "b")], "keys have lower case letters"),
            ([("a", 7)], "must be text, not int"),
            ([("a", "b\n")], "printable ASCII"),
            ([("a-bin", "b")], "must be bytes, not str"),
        ):
            with pytest.raises((TypeError, ValueError), match=problem):
                await client.echo(text("a"), metadata=metadata)
        assert (await client.echo(text("a"), metadata=[("a", "b"), ("a-bin", b"\xff")], timeout=math.inf)).value == "a"


# ----------------------------------------------------------------------------------------- streams


async def test_a_stream_is_read_once() -> None:
    """By one reader at a time, and not past its end."""
    blocker = Blocker()
    async with (
        probe_service(settings_for_tests(), *METHODS, behaviors={"stay": blocker}) as probe_server,
        ProbeClient(probe_server.target) as client,
    ):
        stream = client.list("stay")
        reading = asyncio.ensure_future(anext(stream))
        await until(lambda: blocker.calls)
        with pytest.raises(RuntimeError, match="one response at a time"):
            await anext(stream)
        blocker.release()
        assert (await reading).value == "went on"
        for _ in range(2):
            with pytest.raises(StopAsyncIteration):
                await anext(stream)


async def test_a_stream_that_cannot_be_opened() -> None:
    """Its block is not entered where there are no credentials."""

    def no_token() -> str:
        raise LookupError("no token today")

    async with (
        probe_service(settings_for_tests(), *METHODS) as probe_server,
        ProbeClient(probe_server.target, auth=Token(no_token)) as client,
    ):
        with pytest.raises(LookupError, match="no token today"):
            async with client.list("a"):
                raise AssertionError("it was opened")


async def test_streams_of_requests_that_end_otherwise() -> None:
    """With an error of the service's, with their client, or with the one who waits for them."""
    refuses = raises(errors.FailedPrecondition("enough"))
    blocker = Blocker()
    async with probe_service(
        settings_for_tests(), *METHODS, behaviors={"no": refuses, "stay": blocker}
    ) as probe_server:
        client = ProbeClient(probe_server.target)
        with pytest.raises(errors.FailedPrecondition, match="enough"):
            await client.gather(texts("no"))
        waiting = [asyncio.ensure_future(client.gather(texts("stay"))) for _ in range(2)]
        await until(lambda: blocker.calls == 2)
        waiting[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting[0]
        await client.close()
        with pytest.raises(errors.Cancelled):
            await waiting[1]


async def test_a_response_of_another_type_to_a_stream() -> None:
    """It is an error of the service's, also where requests are a stream."""
    reader = method("Gather", Kind.STREAM_UNARY)
    wrong = registry(replace(reader, response=Struct))
    client_of_wrong = type("Wrong", (ProbeClient,), {"_registry": wrong})
    async with (
        probe_service(settings_for_tests(), *METHODS) as probe_server,
        client_of_wrong(probe_server.target) as client,
    ):
        with pytest.raises(errors.Internal, match=r"cannot decode the response as google\.protobuf\.Struct"):
            await client.gather(texts("abc"))


class Ended:
    """A call of grpc.aio's that has ended, as far as its status is looked at."""

    def __init__(self, *details: str) -> None:
        self._details = list(details)

    def add_done_callback(self, callback: Any) -> None:
        """Call it at once."""
        callback(self)

    async def code(self) -> Code:
        """What it has ended with."""
        return Code.ABORTED

    async def details(self) -> str:
        """Return the next of the given details; the last one repeats."""
        return self._details.pop(0) if len(self._details) > 1 else self._details[0]

    async def trailing_metadata(self) -> grpc.aio.Metadata:
        """Nothing."""
        return grpc.aio.Metadata()


async def test_a_status_that_grpc_covers(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes a moment later, or never; grpc.aio does so too rarely to wait for it."""
    nothing = grpc.aio.Metadata()
    covered = grpc.aio.AioRpcError(Code.INTERNAL, nothing, nothing, stream_status._INTERNAL_ERROR)
    status = StreamStatus(Ended(stream_status._INTERNAL_ERROR, stream_status._INTERNAL_ERROR, "by hand"))
    found = await status.final(covered)
    assert (found.code(), found.details()) == (Code.ABORTED, "by hand")
    monkeypatch.setattr(stream_status, "_WAIT_SECONDS", 0.03)
    found = await StreamStatus(Ended(stream_status._INTERNAL_ERROR)).final(covered)
    assert (found.code(), found.details()) == (Code.UNAVAILABLE, "the connection was lost")
    with pytest.raises(RuntimeError, match="the coroutine waits"):
        stream_status._result(asyncio.sleep(0))


async def test_streams_that_are_left() -> None:
    """They end with their block, when they are cancelled or forgotten, or with their client."""
    read, blocker = Blocker(), Blocker()
    async with probe_service(settings_for_tests(), *METHODS, behaviors={"read": read, "stay": blocker}) as probe_server:
        client = ProbeClient(probe_server.target)
        async with client.list("a") as left:
            pass
        with pytest.raises(errors.Cancelled):
            await anext(left)
        forgotten = client.list("read")
        reading = asyncio.ensure_future(anext(forgotten))
        await until(lambda: read.calls)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await forgotten.aclose()
        del forgotten
        waiting = [
            asyncio.ensure_future(client.echo(text("stay"))),
            asyncio.ensure_future(anext(client.list("stay"))),
        ]
        await until(lambda: blocker.calls == 2)
        await client.close()
        for one in waiting:
            with pytest.raises(errors.Cancelled):
                await one


async def test_sources_that_fail() -> None:
    """What the source of the requests raises is what the caller gets."""

    async def source() -> AsyncIterator[StringValue]:
        yield text("first")
        raise LookupError("the source is dry")

    async with (
        probe_service(settings_for_tests(), *METHODS) as probe_server,
        ProbeClient(probe_server.target) as client,
    ):
        for call in (client.gather(source()), many(client.talk(source()))):
            with pytest.raises(LookupError, match="the source is dry"):
                await call


async def flood(talk: BidiStream[StringValue, StringValue], first: str) -> None:
    """Send until the service is heard of: its status may come before grpc knows that a request went out."""
    await talk.send(text(first))
    while True:
        await talk.send(text("more"))


async def test_a_service_that_does_not_listen_to_the_end() -> None:
    """A further request raises the status of the call, and earlier responses can still be read."""
    refuses = raises(errors.FailedPrecondition("enough"))
    async with probe_service(settings_for_tests(), *METHODS, behaviors={"stop": refuses}) as probe_server:
        async with ProbeClient(probe_server.target) as client, client.talk() as talk:
            with pytest.raises(errors.FailedPrecondition, match="enough"):
                await flood(talk, "stop")
        endless = (text("stop") for _ in iter(int, 1))
        async with ProbeClient(probe_server.target) as client:
            with pytest.raises(errors.FailedPrecondition, match="enough"):
                await many(client.talk(endless))


async def test_a_service_that_has_had_enough() -> None:
    """The iterable of requests is read no further, even if the responses are not read."""
    given: list[str] = []

    async def source() -> AsyncIterator[StringValue]:
        yield text("stop")
        await until(lambda: talk._call.done())
        for value in ("more", "never asked for"):
            given.append(value)
            yield text(value)

    refuses = raises(errors.FailedPrecondition("enough"))
    async with (
        probe_service(settings_for_tests(), *METHODS, behaviors={"stop": refuses}) as probe_server,
        ProbeClient(probe_server.target) as client,
        client.talk(source()) as talk,
    ):
        assert talk._sender is not None
        await asyncio.wait([talk._sender], timeout=10)
        assert talk._sender.done()
        assert given == ["more"]
        with pytest.raises(errors.FailedPrecondition, match="enough"):
            await many(talk)


async def test_batches() -> None:
    """Batches return responses soon after the first one, and those before an error are not lost."""
    blocker = Blocker()
    behaviors: dict[str, Behavior] = {"stay": blocker, "fail": raises(errors.Aborted("no"))}
    async with (
        probe_service(settings_for_tests(), *METHODS, behaviors=behaviors) as probe_server,
        ProbeClient(probe_server.target) as client,
    ):
        found: list[list[str]] = []

        async def read(batches: AsyncIterator[list[StringValue]]) -> None:
            async for batch in batches:
                found.append([response.value for response in batch])

        with pytest.raises(errors.Aborted):
            await read(client.talk(texts("a", "b", "c", "fail")).batches(2, within=10))
        assert found == [["a", "b"], ["c"]]
        async for batch in client.talk(texts("a", "stay")).batches(2, within=0.01):
            found.append([response.value for response in batch])
            blocker.release()
        assert found[2:] == [["a"], ["went on"]]
