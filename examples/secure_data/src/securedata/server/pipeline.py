"""Turn a handler's methods into what grpc registers: one real coroutine per method.

All concerns of a call stand around the handler in that one coroutine, which costs a fraction of
what as many nested interceptors do. It takes and gives bytes: what fails while a message is read or
written is caught here too, and no exception text ever reaches a caller.

grpc decides a handler's kind by inspecting it, so each wrapper below is an ``async def``. Streams
are written from here, not by handing the generator to grpc: a generator that grpc cancels during a
write would be closed in another context.
"""

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, NoReturn

import grpc
from google.protobuf.message import DecodeError, Message

from ..errors import (
    InvalidArgument,
    NotWritten,
    ResourceExhausted,
    StatusError,
    status_metadata,
)
from ..gen.registry import Method
from ..interceptors.call import After, Before, Call, Check, Concern, Sent
from .context import Context

_LOG = logging.getLogger(__name__)

Serve = Callable[[Any, Context], Awaitable[bytes | None]]
"""What grpc calls: with bytes or an iterator of them, for bytes or for replies that were written."""


def method_handler(
    method: Method,
    function: Callable[..., Any],
    concerns: Sequence[Concern],
    place: str,
    limit: float,
    largest: int,
) -> "grpc.RpcMethodHandler[Any, Any]":
    """What the server registers for one method.

    ``function`` is the handler's method, ``place`` where it stands, for people, ``limit`` the
    seconds that a call may take (0: as long as its caller wants), ``largest`` the bytes of a reply.
    """
    if _misfit(function, method):
        _LOG.warning("does not fit its proto any more", extra={"rpc": method.path, "place": place})
        function = _unwritten
    around = _Around(method, concerns, place, limit, largest, _is_unwritten(function))
    wrap = _stream if method.kind.streams_replies else _single
    return _REGISTER[method.kind.value](wrap(method, function, around), None, None)


_REGISTER: dict[tuple[bool, bool], Callable[..., "grpc.RpcMethodHandler[Any, Any]"]] = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


def _single(method: Method, function: Callable[..., Any], around: "_Around") -> Serve:
    async def serve(raw: Any, context: Context) -> bytes | None:
        call = Call(method, context)
        timer = around.timer(call)
        try:
            await around.enter(call)
            async with timer:
                reply = await function(around.received(call, raw), context)
            around.settle(call)
            return around.encoded(reply)
        except BaseException as error:
            await around.refuse(call, error, timer.expired())
            return None
        finally:
            around.leave(call)

    return serve


def _stream(method: Method, function: Callable[..., Any], around: "_Around") -> Serve:
    async def serve(raw: Any, context: Context) -> None:
        call = Call(method, context)
        timer = around.timer(call)
        try:
            await around.enter(call)
            async with timer, aclosing(function(around.received(call, raw), context)) as replies:
                async for reply in replies:
                    await context.write(around.encoded(reply))
                    around.sent(call, reply)
            around.settle(call)
        except BaseException as error:
            await around.refuse(call, error, timer.expired())
        finally:
            around.leave(call)

    return serve


class _Around:
    """The concerns around one method: the way in, the way out, and the way out after a failure."""

    def __init__(
        self,
        method: Method,
        concerns: Sequence[Concern],
        place: str,
        limit: float,
        largest: int,
        is_unwritten: bool,
    ) -> None:
        steps = [concern.steps(method) for concern in concerns]
        self._method = method
        self._place = place
        self._limit = limit
        self._largest = largest
        self._pairs: list[tuple[Before | None, After | None]] = [(s.before, s.after) for s in steps]
        self._pairs = [pair for pair in self._pairs if pair != (None, None)]
        self._checks: list[Check] = [s.check for s in steps if s.check is not None]
        if is_unwritten:
            # That it is not there yet is news for a caller whatever the request says.
            self._checks = []
        self._sent: list[Sent] = [s.sent for s in steps if s.sent is not None]

    def timer(self, call: Call) -> "asyncio.Timeout | _NoTimer":
        """Ends a call whose caller would wait longer than is allowed, or for ever."""
        remaining = call.context.time_remaining()
        bounded = remaining is not None and (not self._limit or remaining <= self._limit)
        return _NO_TIMER if bounded or not self._limit else asyncio.timeout(self._limit)

    async def enter(self, call: Call) -> None:
        """Take the steps ahead of the handler; `leave` undoes those that were taken."""
        for before, _ in self._pairs:
            if before is not None:
                pending = before(call)
                if pending is not None:
                    await pending
            call.entered += 1

    def leave(self, call: Call) -> None:
        """Take the steps behind the handler, innermost first; none keeps another from its turn."""
        for _, after in reversed(self._pairs[: call.entered]):
            if after is not None:
                try:
                    after(call, call.code)
                except Exception:
                    _LOG.exception("a step after %s failed", self._method.path)

    def received(self, call: Call, raw: Any) -> Any:
        """What the handler is given: a request, or an iterator of them."""
        if self._method.kind.streams_requests:
            return _Requests(raw, call, self)
        return self.decoded(call, raw)

    def decoded(self, call: Call, raw: bytes) -> Message:
        """The message in the bytes, checked. Raises StatusError."""
        try:
            request = self._method.request.FromString(raw)
        except DecodeError:
            name = self._method.request.DESCRIPTOR.full_name
            raise InvalidArgument({"": f"the bytes are no {name}"}) from None
        for check in self._checks:
            check(call, request)
        return request

    def encoded(self, reply: Any) -> bytes:
        """The bytes of a reply, which has to be of the declared type."""
        if not isinstance(reply, self._method.reply):
            given, wanted = type(reply).__name__, self._method.reply.__name__
            raise TypeError(f"{self._method.attribute} answered {given} instead of {wanted}")
        encoded: bytes = reply.SerializeToString()
        if len(encoded) > self._largest:
            # grpc would refuse it too, but behind our back.
            allowed = f"{self._largest} are allowed"
            raise ResourceExhausted(f"the reply has {len(encoded)} bytes, and {allowed}")
        return encoded

    def sent(self, call: Call, reply: Message) -> None:
        """A reply went into the stream."""
        for step in self._sent:
            step(call, reply)

    def settle(self, call: Call) -> None:
        """Take over the status that a handler gave the call without raising anything."""
        code = call.context.code()
        if code not in _NO_CODE:
            call.code = _CODES.get(code, grpc.StatusCode.UNKNOWN)

    async def refuse(self, call: Call, error: BaseException, expired: bool) -> None:
        """End the call with the status that an exception stands for.

        Raises what grpc has to know about; returns only if the handler had ended the call before.
        """
        context = call.context
        if isinstance(error, grpc.aio.InternalError):
            error = await _cancellation() or error
        if isinstance(error, grpc.aio.AbortError):
            self.settle(call)
            raise error
        if isinstance(error, TimeoutError) and expired:
            limit = f"it took longer than {self._limit:g} s"
            await self._end(call, grpc.StatusCode.DEADLINE_EXCEEDED, limit)
        elif not isinstance(error, Exception):
            # Cancelled, by the caller or by the caller's deadline: grpc has to know.
            remaining = context.time_remaining()
            late = remaining is not None and remaining <= _AHEAD
            call.code = grpc.StatusCode.DEADLINE_EXCEEDED if late else grpc.StatusCode.CANCELLED
            raise error
        elif isinstance(error, StatusError) and error.code is not grpc.StatusCode.OK:
            message = self._unwritten if isinstance(error, NotWritten) else error.message
            await self._end(call, error.code, message, status_metadata(error))
        else:
            about = {"rpc": call.method.path[1:], "request_id": call.request_id}
            _LOG.error("call failed", exc_info=error, extra=about)
            message = f"internal error; request id {call.request_id}"
            await self._end(call, grpc.StatusCode.INTERNAL, message)

    async def _end(
        self,
        call: Call,
        code: grpc.StatusCode,
        message: str,
        metadata: tuple[tuple[str, bytes], ...] = (),
    ) -> None:
        context = call.context
        call.code = code
        try:
            await context.abort(code, message, (*context.trailing_metadata(), *metadata))
        except grpc.aio.UsageError:
            # The handler had aborted, and gone on: its caller has that status already.
            self.settle(call)

    @property
    def _unwritten(self) -> str:
        return f"{self._method.path[1:]} is not written yet: {self._place}"


async def _cancellation() -> asyncio.CancelledError | None:
    """What a write failed for: mostly the caller has gone, and grpc is about to cancel the call."""
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError as error:
        return error
    return None


_CODES = {number: code for code in grpc.StatusCode for number in (code, code.value[0])}
"""grpc hands a context's code back as it was set: as a member or as a number."""

_AHEAD = 0.05
"""Seconds by which a caller's clock may be ahead: it started when the call was on its way to us."""

_NO_CODE = (None, grpc.StatusCode.OK, 0)


class _NoTimer:
    """Stands where a timer would, for calls that have their caller's deadline."""

    async def __aenter__(self) -> None:
        """Start nothing."""

    async def __aexit__(self, *error: object) -> None:
        """Stop nothing."""

    def expired(self) -> bool:
        """Never."""
        return False


_NO_TIMER = _NoTimer()


class _Requests:
    """The requests of a caller, ending only if the caller ended them.

    When a caller cancels, disconnects or runs out of time, grpc ends the iteration as if it had
    finished, and a handler would commit half an upload. One more read tells the difference: it
    raises CancelledError.
    """

    def __init__(self, requests: AsyncIterator[bytes], call: Call, around: _Around) -> None:
        self._requests = requests
        self._call = call
        self._around = around

    def __aiter__(self) -> AsyncIterator[Message]:
        return self

    async def __anext__(self) -> Message:
        try:
            raw = await anext(self._requests)
        except StopAsyncIteration:
            await self._call.context.read()
            raise
        return self._around.decoded(self._call, raw)


def _misfit(function: Callable[..., object], method: Method) -> bool:
    """Whether a handler still streams what is single now, or the other way round."""
    if method.kind.streams_replies:
        return inspect.iscoroutinefunction(function)
    return inspect.isasyncgenfunction(function)


def _is_unwritten(function: Callable[..., object]) -> bool:
    """Whether a handler's method does nothing but raise NotWritten: it mentions nothing else."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and code.co_names == ("NotWritten",)


def _unwritten(request: object, context: Context) -> NoReturn:
    raise NotWritten
