"""Classes that are written for grpc_tools' `_pb2_grpc`, as handlers: of all four kinds, with and without `async`."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import grpc
import pytest

from pyservice_runtime.core.registry import Method
from pyservice_runtime.testing.calls import DETAILS_KEY, begin, call, finish

from .legacy_servicers import (
    AsyncLegacy,
    PlainLegacy,
    ReaderWriterLegacy,
    Recorded,
    each_style,
    end_of,
    served,
    values,
)
from .probe_service import ECHO, GATHER, KINDS, LIST, TALK, text, until

Code = grpc.StatusCode

each_kind = pytest.mark.parametrize("rpc", KINDS, ids=lambda rpc: rpc.name)


# ------------------------------------------------------------------------------------------------- calls


@each_style
@each_kind
async def test_calls(legacy: Any, rpc: Method) -> None:
    """Each kind works in each style."""
    end = await end_of(legacy(), rpc, "a", *(["b"] if rpc.kind.client_streaming else []))
    expected = {ECHO: ["a"], LIST: ["a", "last"], GATHER: ["b"], TALK: ["a", "b"]}
    assert (end.code, values(end)) == (Code.OK, expected[rpc])


@each_style
@each_kind
async def test_the_call(legacy: Any, rpc: Method) -> None:
    """Metadata are pairs with names, as grpc's are, and the deadline is known."""
    async with served(legacy()) as channel:
        end = await call(channel, rpc, text("metadata"), metadata=[("x-mine", "1")])
        assert values(end)[0] == "1 1"
        assert values(await call(channel, rpc, text("left")))[0] == "True"


@each_style
@each_kind
@pytest.mark.parametrize(
    ("what", "code", "details"),
    [
        ("set", Code.NOT_FOUND, "no such order"),
        ("set and raise", Code.NOT_FOUND, "no such order"),
        ("abort", Code.OUT_OF_RANGE, "past the end"),
        ("abort with status", Code.ABORTED, "again"),
        ("cancel", Code.CANCELLED, "the handler cancelled the call"),
    ],
)
async def test_statuses(legacy: Any, rpc: Method, what: str, code: grpc.StatusCode, details: str) -> None:
    """They are chosen as with grpc; responses of a stream precede them, the one of a unary method is not sent."""
    async with served(legacy()) as channel:
        started = begin(channel, rpc, [text(what)])
        end = await finish(started)
        assert (end.code, end.details) == (code, details)
        trailing = dict(await started.trailing_metadata())
    assert len(end.responses) == {LIST: 2, TALK: 1}.get(rpc, 0) * (what == "set")
    assert ("x-end" in trailing) == (what == "set")
    assert (DETAILS_KEY in trailing) == (what == "abort with status")


async def test_an_exception_after_set_code_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The caller sees what the handler chose, and the log what happened."""
    assert (await end_of(PlainLegacy(), ECHO, "set and raise")).code is Code.NOT_FOUND
    assert "KeyError: 'set and raise'" in caplog.text


def reached(events: list[str], count: int) -> bool:
    """Whether there are as many events."""
    return len(events) == count


@each_style
@each_kind
async def test_callbacks(legacy: Any, rpc: Method, caplog: pytest.LogCaptureFixture) -> None:
    """They are called once the call has ended, whatever others do, and refused from then on."""
    caplog.set_level(logging.ERROR)
    implementation = legacy()
    async with served(implementation) as channel:
        for count, what in enumerate(("callback", "failing callback"), 1):
            end = await call(channel, rpc, text(what))
            assert (end.code, values(end)[0]) == (Code.OK, "True" if what == "callback" else what)
            await until(partial(reached, implementation.events, count))
    assert implementation.context.add_callback(print) is False
    assert "IndexError" in caplog.text


async def test_a_plain_call_that_is_cancelled() -> None:
    """The callback wakes the thread, which sees that its call has ended."""
    implementation = PlainLegacy()
    async with served(implementation) as channel:
        started = begin(channel, ECHO, [text("wait")])
        await until(lambda: implementation.events)
        started.cancel()
        await until(lambda: "active: False" in implementation.events)


async def test_a_deadline() -> None:
    """It ends the call, also where a thread waits for more requests, which it knows as grpc's RpcError."""
    seen: list[type] = []

    class Waiting(Recorded):
        def Gather(self, request_iterator: Any, context: Any) -> Any:
            try:
                for _ in request_iterator:
                    pass
            except grpc.RpcError as error:
                seen.append(type(error))
                raise
            return text("")

    async with served(Waiting()) as channel:
        started: Any = channel.stream_stream(GATHER.path)(timeout=0.2)
        await started.write(b"")
        assert await started.code() is Code.DEADLINE_EXCEEDED
        await until(lambda: seen)


@pytest.mark.parametrize("legacy", [AsyncLegacy, ReaderWriterLegacy])
async def test_an_async_call_that_is_cancelled(legacy: Any) -> None:
    """What reads is cancelled, and callbacks are called."""
    implementation = legacy()
    async with served(implementation) as channel:
        started: Any = channel.stream_stream(TALK.path)(timeout=10)
        await started.write(text("callback").SerializeToString())
        await started.read()
        started.cancel()
        await until(lambda: implementation.events == ["ended"])
    assert implementation.context.cancelled()


async def test_an_async_handler_that_cancels_and_returns() -> None:
    """The call ends with CANCELLED, as it would if the handler awaited."""

    class Cancelling:
        async def Echo(self, request: Any, context: Any) -> Any:
            context.cancel()
            return request

    assert (await end_of(Cancelling(), ECHO, "a")).code is Code.CANCELLED


async def test_a_thread_that_cancels_an_ended_call() -> None:
    """Nothing happens to it."""
    implementation = PlainLegacy()
    async with served(implementation) as channel:
        end = await call(channel, ECHO, text("a"))
        implementation.context.cancel()
        assert (await call(channel, ECHO, text("a"))).code is end.code is Code.OK


async def test_headers() -> None:
    """They are sent ahead, by a coroutine that a plain function returns too."""

    class Decorated(AsyncLegacy):
        def Echo(self, request: Any, context: Any) -> Any:
            return super().Echo(request, context)

    for implementation in (AsyncLegacy(), Decorated()):
        async with served(implementation) as channel:
            started = begin(channel, ECHO, [text("headers")])
            assert ("x-first", "1") in list(await started.initial_metadata())
            assert (await finish(started)).code is Code.OK


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator without `async`."""

    @wraps(function)
    def wrapper(*arguments: Any) -> Any:
        return function(*arguments)

    return wrapper


async def test_decorated_methods() -> None:
    """What is below the decorators counts."""

    class Decorated(ReaderWriterLegacy):
        List = decorated(ReaderWriterLegacy.List)
        Talk = decorated(ReaderWriterLegacy.Talk)

    assert values(await end_of(Decorated(), LIST, "a")) == ["a", "last"]
    assert values(await end_of(Decorated(), TALK, "a", "b")) == ["a", "b"]


async def test_a_response_of_another_type() -> None:
    """It is a bug of the handler, also of one that writes."""

    class Wrong:
        async def List(self, request: Any, context: Any) -> None:
            await context.write("a")

        async def Echo(self, request: Any, context: Any) -> Any:
            yield request

    assert (await end_of(Wrong(), LIST, "a")).code is Code.INTERNAL
    assert (await end_of(Wrong(), ECHO, "a")).is_unwritten


async def test_callbacks_of_a_busy_thread() -> None:
    """A callback may wait for a lock that the handler holds while it adds another: the event loop is not asked."""
    lock = threading.RLock()

    class Locking:
        def Echo(self, request: Any, context: Any) -> Any:
            def ended() -> None:
                with lock:
                    pass

            with lock:
                context.add_callback(ended)
                time.sleep(0.05)
                return text(str(context.add_callback(ended)))

    async with served(Locking()) as channel:
        ends = await asyncio.gather(*(call(channel, ECHO, text("a")) for _ in range(5)))
    assert [values(end) for end in ends] == [["True"]] * 5
