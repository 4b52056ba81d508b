"""Plain `def` handlers of all four kinds: in threads, with the call's context, deadline and cancellation."""

import asyncio
import contextvars
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import pytest

from pyservice_runtime.core import Context, request_id
from pyservice_runtime.core.call import ServerCall
from pyservice_runtime.errors import NotFound
from pyservice_runtime.server.plain_handlers import _Done
from pyservice_runtime.server.threads import HandlerThreads
from pyservice_runtime.testing.calls import begin, call, finish

from .probe_service import (
    ECHO,
    GATHER,
    KINDS,
    LIST,
    TALK,
    ProbeServicer,
    probe_service,
    settings_for_tests,
    text,
    until,
)

Code = grpc.StatusCode

each_kind = pytest.mark.parametrize("rpc", KINDS, ids=lambda rpc: rpc.name)

SEEN: contextvars.ContextVar[str] = contextvars.ContextVar("seen", default="")


class PlainHandler(ProbeServicer):
    """Does what a text says, without any `async`."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.go_on = threading.Event()

    def _do(self, value: str, context: Any) -> str:
        self.events.append(value)
        if value == "thread":
            return threading.current_thread().name.partition("-")[0]
        if value == "id":
            return request_id()
        if value == "left":
            return str(context.time_remaining() is not None)
        if value == "fail":
            raise NotFound("order", 1)
        if value == "stop":
            raise StopIteration
        if value == "abort":
            context.abort(Code.OUT_OF_RANGE, "past the end")
        if value == "headers":
            context.send_initial_metadata([("x-mine", "1")])
            context.set_trailing_metadata([("x-end", "2")])
        if value == "wait":
            self.go_on.wait(10)
            self.events.append(f"active: {context.is_active()}")
        SEEN.set(SEEN.get() + value)
        return value

    def echo(self, request: Any, context: Context) -> Any:
        """A response."""
        return text(self._do(request.value, context))

    def list(self, request: Any, context: Context) -> Iterator[Any]:
        """A generator of responses."""
        try:
            for number in range(2):
                yield text(self._do(request.value, context) + str(number))
            yield text(SEEN.get())
        finally:
            self.events.append("closed")

    def gather(self, requests: Any, context: Context) -> Any:
        """A response to many requests."""
        return text("+".join(self._do(request.value, context) for request in requests))

    def talk(self, requests: Any, context: Context) -> Iterator[Any]:
        """Responses to many requests."""
        for request in requests:
            yield text(self._do(request.value, context))


ANSWERS = {ECHO: ["a"], LIST: ["a0", "a1", "aa"], GATHER: ["a+b"], TALK: ["a", "b"]}


@each_kind
async def test_calls(rpc: Any) -> None:
    """Requests and responses are ordinary iterators; context variables last for the call."""
    async with probe_service(settings_for_tests(), handler=PlainHandler()) as service:
        end = await service.call(rpc, "a", *(["b"] if rpc.kind.client_streaming else []))
    assert (end.code, [response.value for response in end.responses]) == (Code.OK, ANSWERS[rpc])


@each_kind
async def test_what_belongs_to_the_call(rpc: Any) -> None:
    """The thread is one of the pool, and knows the request id and the deadline."""
    async with probe_service(settings_for_tests(), handler=PlainHandler()) as service:
        for what, value in (("thread", "handler"), ("id", "r-1"), ("left", "True")):
            end = await service.call(rpc, what, metadata=[("x-request-id", "r-1")])
            assert end.responses[0].value.startswith(value)


@each_kind
@pytest.mark.parametrize(
    ("what", "code"),
    [("fail", Code.NOT_FOUND), ("abort", Code.OUT_OF_RANGE), ("stop", Code.INTERNAL)],
)
async def test_failures(rpc: Any, what: str, code: grpc.StatusCode) -> None:
    """They are those of asynchronous handlers."""
    async with probe_service(settings_for_tests(), handler=PlainHandler()) as service:
        assert (await service.call(rpc, what)).code is code


async def test_headers() -> None:
    """They are sent without an await."""
    async with probe_service(settings_for_tests(), handler=PlainHandler()) as service:
        stream = begin(service.channel, ECHO, [text("headers")])
        assert ("x-mine", "1") in list(await stream.initial_metadata())
        await finish(stream)
        assert ("x-end", "2") in list(await stream.trailing_metadata())


@each_kind
async def test_a_call_that_is_cancelled(rpc: Any) -> None:
    """The handler sees it, goes on in its thread, and a generator is closed when it comes back."""
    handler = PlainHandler()
    async with probe_service(settings_for_tests(), handler=handler) as service:
        stream = begin(service.channel, rpc, [text("wait")])
        await until(lambda: handler.events)
        stream.cancel()
        # The server has heard of it when this call, on the same connection, is served.
        await service.call(ECHO, "then")
        handler.go_on.set()
        await until(lambda: "active: False" in handler.events)
        await until(lambda: rpc is not LIST or "closed" in handler.events)


async def test_requests_that_never_come() -> None:
    """A thread that waits for the next request is freed when the call ends."""
    handler = PlainHandler()
    settings = settings_for_tests(handler_threads=1)
    async with probe_service(settings, handler=handler) as service:
        for rpc in (GATHER, TALK):
            stream = service.channel.stream_stream(rpc.path)(timeout=10)
            await stream.write(text("a").SerializeToString())
            await until(lambda: "a" in handler.events)
            stream.cancel()
            handler.events.clear()
        assert (await service.call(ECHO, "b")).code is Code.OK


class OtherHandler(ProbeServicer):
    """Plain methods that return what is asynchronous, and iterators without `close`."""

    def echo(self, request: Any, context: Context) -> Any:
        """An awaitable."""

        async def later() -> Any:
            await asyncio.sleep(0)
            return text("later")

        return later()

    def list(self, request: Any, context: Context) -> Any:
        """A list, or an asynchronous generator."""

        async def several() -> AsyncIterator[Any]:
            yield text("one")

        return several() if request.value == "async" else [text("a"), text("b")]


async def test_other_results() -> None:
    """An awaitable is awaited, and any iterable is a stream."""
    async with probe_service(settings_for_tests(), ECHO, LIST, handler=OtherHandler()) as service:
        assert [r.value for r in (await service.call(ECHO, "")).responses] == ["later"]
        assert [r.value for r in (await service.call(LIST, "async")).responses] == ["one"]
        assert [r.value for r in (await service.call(LIST, "list")).responses] == ["a", "b"]
        stream = begin(service.channel, LIST, [text("list")])
        await stream.read()
        stream.cancel()


class Sleeper(ProbeServicer):
    """Blocks for a moment."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.most = self._now = 0

    def echo(self, request: Any, context: Context) -> Any:
        """Sleep, as a driver without `async` does."""
        self._now += 1
        self.most = max(self.most, self._now)
        time.sleep(self._seconds)
        self._now -= 1
        return request


async def test_the_pool_is_bounded() -> None:
    """More calls wait for their turn, and those whose deadline is too near are refused at once."""
    handler = Sleeper(0.1)
    async with probe_service(settings_for_tests(handler_threads=2), ECHO, handler=handler) as service:
        ends = await asyncio.gather(*(service.call(ECHO, "a") for _ in range(8)))
        assert {end.code for end in ends} == {Code.OK}
        assert handler.most == 2
        calls = [call(service.channel, ECHO, text("a"), timeout=0.35) for _ in range(30)]
        codes = [end.code for end in await asyncio.gather(*calls)]
        assert set(codes) <= {Code.OK, Code.RESOURCE_EXHAUSTED, Code.DEADLINE_EXCEEDED}
        assert codes.count(Code.RESOURCE_EXHAUSTED) > 10


async def test_a_call_that_is_cancelled_in_its_turn() -> None:
    """The thread that it was just given goes to the next one."""
    threads, go_on = HandlerThreads(1), threading.Event()
    waits = [asyncio.ensure_future(threads.run(ServerCall("/a/b", ()), go_on.wait)) for _ in range(3)]
    await until(lambda: threads.waiting == 2)
    threads._release()
    waits[1].cancel()
    go_on.set()
    await asyncio.wait(waits, timeout=10)
    assert [wait.cancelled() for wait in waits] == [False, True, False]


def test_headers_are_sent_at_once_in_threads() -> None:
    """There is something to await, as in asynchronous handlers."""
    assert list(_Done().__await__()) == []


async def test_a_call_that_stops_waiting() -> None:
    """Its place in the queue goes to the next one."""
    threads, go_on = HandlerThreads(1), threading.Event()
    waits = [asyncio.ensure_future(threads.run(ServerCall("/a/b", ()), go_on.wait)) for _ in range(3)]
    await until(lambda: threads.waiting == 2)
    waits[1].cancel()
    go_on.set()
    assert await asyncio.wait_for(waits[2], 10)
    assert (threads.busy, threads.waiting) == (0, 0)
