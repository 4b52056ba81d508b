"""Turn a handler's methods into what grpc registers: one real coroutine per method.

All concerns of a call stand around the handler in that one coroutine, which costs a fraction of
what as many nested interceptors do. It takes and gives bytes: what fails while a message is read or
written is caught here too, and no exception text ever reaches a caller.

A single request is read here as well, which is why grpc is told of a stream: it would start the
coroutine only once the request is there, and who never sends one would hold a call that no concern
knows of. As it is, a stranger is refused ahead of his request, and waiting for one is limited.

Streams are written from here, not by handing the generator to grpc: a generator that grpc cancels
during a write would be closed in another context.
"""

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from time import monotonic
from typing import Any, NoReturn

import grpc
from google.protobuf.message import DecodeError, Message

from ..errors import DeadlineExceeded, InvalidArgument, NotWritten, ResourceExhausted
from ..gen.registry import Method
from ..interceptors.call import CALL, Call
from .concerns import Concerns
from .context import Context, Handed
from .endings import refuse, settle

_LOG = logging.getLogger(__name__)

_CANCELLED = grpc.StatusCode.CANCELLED
_EOF = grpc.aio.EOF

Serve = Callable[[AsyncIterator[bytes], Context], Awaitable[bytes | None]]
"""What grpc calls: for the bytes of a reply, or for replies that were written."""


def method_handler(
    method: Method, function: Callable[..., Any], concerns: Concerns, place: str
) -> "grpc.RpcMethodHandler[Any, Any]":
    """What the server registers for one method.

    ``function`` is the handler's method, ``place`` where it stands, for people.
    """
    if _misfit(function, method):
        _LOG.warning("does not fit its proto any more", extra={"rpc": method.path, "place": place})
        function = _unwritten
    around = _Around(method, concerns, place, _is_unwritten(function))
    wrap = _stream if method.kind.streams_replies else _single
    served = _Asynchronous(wrap(method, function, around))
    return _REGISTER[method.kind.streams_replies](served, None, None)


_REGISTER: dict[bool, Callable[..., "grpc.RpcMethodHandler[Any, Any]"]] = {
    False: grpc.stream_unary_rpc_method_handler,
    True: grpc.stream_stream_rpc_method_handler,
}


class _Asynchronous(partial[Any]):
    """A coroutine function that tells grpc what it is.

    With each call grpc asks `inspect` of its handler, twice, which costs more than a concern does; this
    is found to be asynchronous by the first question.
    """

    def __await__(self) -> NoReturn:
        raise TypeError("it is to be called")


def _single(method: Method, function: Callable[..., Any], around: "_Around") -> Serve:
    streams_requests = method.kind.streams_requests
    befores, gate = around.befores, around.gate
    decoded, encoded, leave = around.decoded, around.encoded, around.leave

    async def serve(raw: AsyncIterator[bytes], context: Context) -> bytes | None:
        call = CALL.get()
        call.context = context
        call.peer = context.peer()
        gate.inside += 1
        try:
            for before in befores:
                pending = before(call)
                if pending is not None:
                    await pending
            if gate.opening is not None:
                await gate.opening.wait()
            if streams_requests:
                request: Any = _Requests(raw, call, around)
            else:
                first = await context.read()
                if first is _EOF:
                    await around.explain_nothing(call)
                request = decoded(call, first)
            reply = await function(request, Handed(context))
            if context.code():
                settle(call)
            return encoded(reply)
        except BaseException as error:
            await refuse(call, around.explained(error))
            return None
        finally:
            leave(call)

    return serve


def _stream(method: Method, function: Callable[..., Any], around: "_Around") -> Serve:
    streams_requests = method.kind.streams_requests
    befores, gate = around.befores, around.gate

    async def serve(raw: AsyncIterator[bytes], context: Context) -> None:
        call = CALL.get()
        call.context = context
        call.peer = context.peer()
        gate.inside += 1
        try:
            for before in befores:
                pending = before(call)
                if pending is not None:
                    await pending
            if gate.opening is not None:
                await gate.opening.wait()
            request: Any = (
                _Requests(raw, call, around) if streams_requests else await around.request(call)
            )
            async with aclosing(function(request, Handed(context))) as replies:
                async for reply in replies:
                    await context.write(around.encoded(reply))
                    for sent in around.sent:
                        sent(call, reply)
            if context.code():
                settle(call)
        except BaseException as error:
            await refuse(call, around.explained(error))
        finally:
            around.leave(call)

    return serve


class _Around:
    """The concerns around one method: the way in, and the way out."""

    def __init__(self, method: Method, concerns: Concerns, place: str, is_unwritten: bool) -> None:
        steps = [concern.steps(method) for concern in concerns.ordered]
        self.gate = concerns.gate
        self.befores = [s.before for s in steps if s.before is not None]
        self.sent = [s.sent for s in steps if s.sent is not None]
        # Innermost first.
        self._afters = [s.after for s in steps if s.after is not None][::-1]
        # That a method is not there yet is news for a caller whatever the request says.
        self._checks = [s.check for s in steps if s.check is not None and not is_unwritten]
        self._place = place
        self._method = method
        # Looked up once: these are asked for by every call.
        self._parse = method.request.FromString
        self._reply = method.reply
        self._serialize = method.reply.SerializeToString
        self._patience = concerns.deadline.patience
        self._largest = concerns.largest_message

    def leave(self, call: Call) -> None:
        """Take the steps behind the handler; none keeps another from its turn."""
        call.seconds = monotonic() - call.started
        self.gate.inside -= 1
        if call.ends:
            call.stop_waiting()
        if call.code is _CANCELLED and self.gate.has_cut_off():
            # Its caller did not cancel it, and is told that the server has gone.
            call.code = grpc.StatusCode.UNAVAILABLE
        for after in (*self._afters, *call.closing) if call.closing else self._afters:
            try:
                after(call)
            except Exception:
                _LOG.exception("a step after %s failed", self._method.path)
        # What a handler leaves running may know the call for long, and is not to keep all of it.
        del call.context

    def explained(self, error: BaseException) -> BaseException:
        """An exception that its caller can make something of."""
        if isinstance(error, NotWritten):
            return NotWritten(f"{self._method.path[1:]} is not written yet: {self._place}")
        return error

    async def request(self, call: Call) -> Message:
        """The request ahead of a stream of replies, which may be long. Raises StatusError."""
        try:
            async with asyncio.timeout(self._patience or None):
                raw = await call.context.read()
        except TimeoutError:
            raise DeadlineExceeded(f"no request came within {self._patience:g} s") from None
        if raw is _EOF:
            await self.explain_nothing(call)
        return self.decoded(call, raw)

    async def explain_nothing(self, call: Call) -> NoReturn:
        """A single request did not come. Raises InvalidArgument, or what grpc has to say of it."""
        # Gone, or too large for grpc, which has refused it: one more read says so.
        await call.context.read()
        raise InvalidArgument({"": "there is no request"})

    def decoded(self, call: Call, raw: bytes) -> Message:
        """The message in the bytes, checked. Raises StatusError."""
        if len(raw) > self._largest:
            raise self._too_large("request", len(raw))
        try:
            request: Message = self._parse(raw)
        except DecodeError:
            name = self._method.request.DESCRIPTOR.full_name
            raise InvalidArgument({"": f"the bytes are no {name}"}) from None
        for check in self._checks:
            check(call, request)
        return request

    def encoded(self, reply: Any) -> bytes:
        """The bytes of a reply, which has to be of the declared type."""
        if not isinstance(reply, self._reply):
            given, wanted = type(reply).__name__, self._reply.__name__
            raise TypeError(f"{self._method.attribute} answered {given} instead of {wanted}")
        # Through the class: a message may have a field that is called SerializeToString.
        encoded: bytes = self._serialize(reply)
        if len(encoded) > self._largest:
            raise self._too_large("reply", len(encoded))
        return encoded

    def _too_large(self, what: str, size: int) -> ResourceExhausted:
        # grpc would refuse it too, but behind our back.
        allowed = f"{self._largest} are allowed"
        return ResourceExhausted(f"the {what} has {size} bytes, and {allowed}")


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
