"""Interceptors of a service's own: each hook, over all kinds of methods, in memory and over a port."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from pyservice_runtime.core import Context
from pyservice_runtime.errors import NotFound, PermissionDenied, ResourceExhausted
from pyservice_runtime.interceptors import Hooks, Interceptor, Method, ServerCall
from pyservice_runtime.server.chain import recommended
from pyservice_runtime.testing.calls import End, begin, finish
from pyservice_runtime.testing.memory_stream import MemoryStream

from .memory_calls import memory_service
from .probe_service import (
    ECHO,
    GATHER,
    KINDS,
    LIST,
    TALK,
    Behavior,
    ProbeServicer,
    _handler,
    probe_service,
    raises,
    settings_for_tests,
    text,
    until,
)

Code = grpc.StatusCode

each_kind = pytest.mark.parametrize("rpc", KINDS, ids=lambda rpc: rpc.name)
each_door = pytest.mark.parametrize("door", ["memory", "port"])


@asynccontextmanager
async def serving(
    door: str, *interceptors: Interceptor, behaviors: Mapping[str, Behavior] | None = None
) -> AsyncIterator[Callable[..., Any]]:
    """The probe service with interceptors of its own, innermost in the recommended chain."""
    settings = settings_for_tests()
    chain = [*recommended(settings), *interceptors]
    if door == "memory":
        yield memory_service(_handler(KINDS, behaviors or {}), chain, settings, *KINDS).call
        return
    async with probe_service(settings, behaviors=behaviors, interceptors=chain) as service:
        yield service.call


class Recorder(Interceptor):
    """Writes down what happens to each call."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.codes: list[str] = []

    def hooks(self, method: Method) -> Hooks:
        """All of them."""
        return Hooks(
            on_start=lambda call: self.events.append("start"),
            on_request=lambda call, request: self.events.append("request"),
            on_response=lambda call, response: self.events.append("response"),
            on_end=self._end,
            around=self._around,
        )

    def _end(self, call: ServerCall) -> None:
        self.events.append("end")
        self.codes.append(call.code.name)

    @asynccontextmanager
    async def _around(self, call: ServerCall) -> AsyncIterator[None]:
        self.events.append("enter")
        try:
            yield
        except BaseException as error:
            self.events.append(type(error).__name__)
            raise
        self.events.append("leave")


BEFORE = {
    ECHO: ["start", "request", "enter"],
    LIST: ["start", "request", "enter"],
    GATHER: ["start", "enter", "request"],
    TALK: ["start", "enter", "request"],
}


@each_door
@each_kind
async def test_the_order_of_hooks(door: str, rpc: Method) -> None:
    """A response is checked and encoded before the context manager is left: it can still roll back."""
    recorder = Recorder()
    async with serving(door, recorder) as call:
        assert (await call(rpc, "a")).code is Code.OK
        await until(lambda: recorder.codes)
    assert recorder.events == [*BEFORE[rpc], "response", "leave", "end"]


@each_door
@each_kind
async def test_a_handler_that_fails(door: str, rpc: Method) -> None:
    """The context manager sees its exception, and the end its status."""
    recorder = Recorder()
    async with serving(door, recorder, behaviors={"x": raises(NotFound("order", 1))}) as call:
        assert (await call(rpc, "x")).code is Code.NOT_FOUND
        await until(lambda: recorder.codes)
    assert recorder.events == [*BEFORE[rpc], "NotFound", "end"]
    assert recorder.codes == ["NOT_FOUND"]


async def chosen(context: Context) -> str:
    """A handler that returns with another status than OK."""
    context.set_code(Code.DATA_LOSS)
    context.set_details("half of it is lost")
    return "x"


async def aborted(context: Context) -> str:
    """A handler that ends its call, without an await."""
    context.abort(Code.OUT_OF_RANGE, "past the end")


async def swallowed(context: Context) -> str:
    """A handler that catches its own abort."""
    try:
        await context.abort(Code.OUT_OF_RANGE, "past the end")
    except Exception:
        return "x"


ENDINGS = {
    "chosen": (chosen, Code.DATA_LOSS, "half of it is lost"),
    "aborted": (aborted, Code.OUT_OF_RANGE, "past the end"),
    "swallowed": (swallowed, Code.OUT_OF_RANGE, "past the end"),
}


@each_door
@each_kind
@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_status_without_an_exception(door: str, rpc: Method, ending: str) -> None:
    """It counts as a failure of the handler; of its responses only those of a stream are sent that is not aborted."""
    behavior, code, details = ENDINGS[ending]
    recorder = Recorder()
    async with serving(door, recorder, behaviors={"x": behavior}) as call:
        end: End = await call(rpc, "x")
        await until(lambda: recorder.codes)
    sent = [text("x")] if ending == "chosen" and rpc.kind.server_streaming else []
    assert (end.code, end.details, list(end.responses)) == (code, details, sent)
    assert recorder.events == [*BEFORE[rpc], *("response" for _ in sent), "CallAborted", "end"]


# ---------------------------------------------------------------- interceptors that a service may need


class OnlyOwners(Interceptor):
    """An access rule by principal."""

    def hooks(self, method: Method) -> Hooks:
        """Refuse everybody, by an awaitable."""
        return Hooks(on_start=self._check)

    async def _check(self, call: ServerCall) -> None:
        await asyncio.sleep(0)
        if call.principal.subject != "owner":
            raise PermissionDenied("only owners may do this")


class Quota(Interceptor):
    """Limits the requests of a caller, those of a stream one by one."""

    def __init__(self, most: int) -> None:
        self._left = most

    def hooks(self, method: Method) -> Hooks:
        """Count each request."""
        return Hooks(on_request=self._take)

    async def _take(self, call: ServerCall, request: Message) -> None:
        await asyncio.sleep(0)
        if not self._left:
            raise ResourceExhausted("the quota is used up", quota="requests")
        self._left -= 1


class NoSecrets(Interceptor):
    """Checks responses."""

    def hooks(self, method: Method) -> Hooks:
        """Check each one before it is encoded."""
        return Hooks(on_response=self._check)

    def _check(self, call: ServerCall, response: Any) -> None:
        if "secret" in response.value:
            raise PermissionDenied("the response is confidential")


def _codes(recorder: Recorder) -> list[str]:
    return recorder.codes


@each_door
@each_kind
async def test_interceptors_that_refuse(door: str, rpc: Method) -> None:
    """The call ends with their status, and the outer hooks see it."""
    for interceptor, request, code in (
        (OnlyOwners(), "a", Code.PERMISSION_DENIED),
        (Quota(0), "a", Code.RESOURCE_EXHAUSTED),
        (NoSecrets(), "secret", Code.PERMISSION_DENIED),
    ):
        recorder = Recorder()
        async with serving(door, recorder, interceptor) as call:
            end: End = await call(rpc, request)
            await until(partial(_codes, recorder))
        assert (end.code, end.responses) == (code, ())
        assert recorder.codes == [code.name]


@each_door
async def test_a_quota_within_a_stream(door: str) -> None:
    """Responses until then were sent."""
    async with serving(door, Quota(2)) as call:
        end: End = await call(TALK, "a", "b", "c")
    assert (end.code, [each.value for each in end.responses]) == (Code.RESOURCE_EXHAUSTED, ["a", "b"])


class Suppressing(Interceptor):
    """Has a context manager that suppresses what the handler raises."""

    def hooks(self, method: Method) -> Hooks:
        """Around the handler."""
        return Hooks(around=self._around)

    @asynccontextmanager
    async def _around(self, call: ServerCall) -> AsyncIterator[None]:
        with suppress(NotFound):
            yield


@each_door
@each_kind
async def test_exceptions_are_not_suppressed(door: str, rpc: Method, caplog: pytest.LogCaptureFixture) -> None:
    """There would be no response: a bug, and the log says which."""
    async with serving(door, Suppressing(), behaviors={"x": raises(NotFound("order", 1))}) as call:
        assert (await call(rpc, "x")).code is Code.INTERNAL
    assert "an around hook suppressed the exception of a handler" in caplog.text


@each_kind
@pytest.mark.parametrize(("timeout", "code"), [(0.3, "DEADLINE_EXCEEDED"), (30, "CANCELLED")])
async def test_a_transaction_ends_with_its_call(rpc: Method, timeout: float, code: str) -> None:
    """It is rolled back when the deadline expires and when the client cancels."""
    recorder = Recorder()
    waits = asyncio.Event()

    async def wait(_: Context) -> str:
        waits.set()
        await asyncio.sleep(60)
        return "late"

    chain = [*recommended(settings_for_tests()), recorder]
    async with probe_service(settings_for_tests(), behaviors={"x": wait}, interceptors=chain) as service:
        stream = begin(service.channel, rpc, [text("x")], timeout=timeout)
        await asyncio.wait_for(waits.wait(), 10)
        if code == "CANCELLED":
            stream.cancel()
        else:
            await finish(stream)
        await until(lambda: recorder.codes)
    assert recorder.events == [*BEFORE[rpc], "CancelledError", "end"]
    assert recorder.codes == [code]


class LateCode(ProbeServicer):
    """Chooses a status after its last response."""

    async def list(self, request: Any, context: Context) -> AsyncIterator[Any]:
        """One response, and a status."""
        yield request
        context.set_code(Code.DATA_LOSS)


@each_door
async def test_a_status_after_the_last_response(door: str) -> None:
    """The response was sent, and the status follows."""
    settings = settings_for_tests()
    if door == "memory":
        end = await memory_service(LateCode(), [], settings, LIST).call(LIST, "a")
    else:
        async with probe_service(settings, LIST, handler=LateCode()) as service:
            end = await service.call(LIST, "a")
    assert (end.code, [each.value for each in end.responses]) == (Code.DATA_LOSS, ["a"])


async def test_a_request_that_never_comes() -> None:
    """In memory too, a response stream does not wait for ever."""
    service = memory_service(_handler(KINDS, {}), [], settings_for_tests(default_timeout=0.05), *KINDS)
    end = await service.serve(LIST, MemoryStream(is_open=True))
    assert (end.code, end.details) == (Code.DEADLINE_EXCEEDED, "no request arrived within 0.05 s")


async def test_an_interceptor_without_hooks() -> None:
    """It may be in the chain."""
    assert Interceptor().hooks(ECHO) == Hooks()
    async with serving("memory", Interceptor()) as call:
        assert (await call(ECHO, "a")).code is Code.OK


async def test_a_timer() -> None:
    """`on_end` knows how long the call took."""
    seconds: list[float] = []

    class Timer(Interceptor):
        """Keeps durations."""

        def hooks(self, method: Method) -> Hooks:
            """At the end of each call."""
            return Hooks(on_end=lambda call: seconds.append(call.seconds))

    async with serving("port", Timer()) as call:
        for rpc in KINDS:
            await call(rpc, "a")
        await until(lambda: len(seconds) == len(KINDS))
    assert all(0 < each < 5 for each in seconds)
