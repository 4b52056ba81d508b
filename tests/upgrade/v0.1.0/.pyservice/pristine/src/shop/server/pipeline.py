"""Turn a handler's methods into what grpc registers: one real coroutine per method.

grpc decides a handler's kind by inspecting it, so each wrapper below is an ``async def``. Streams
are written from here, not by handing the generator to grpc: a generator that grpc cancels during a
write would be closed in another context.
"""

import inspect
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import grpc
from google.protobuf.message import Message

from ..errors import NotWritten
from ..gen.registry import Kind, Method, Service
from .context import Context

_LOG = logging.getLogger(__name__)
_PACKAGE = Path(__file__).parent.parent

_Single = Callable[[Any, Context], Awaitable[Message]]
_Stream = Callable[[Any, Context], AsyncIterator[Message]]


def rpc_handler(service: Service, handler: object) -> grpc.GenericRpcHandler:
    """What the server registers for one service."""
    methods = {method.name: _method_handler(method, handler) for method in service.methods}
    return grpc.method_handlers_generic_handler(service.name, methods)


def _method_handler(method: Method, handler: object) -> "grpc.RpcMethodHandler[Any, Any]":
    function = getattr(handler, method.attribute)
    guard = _Guard(method, where(handler, method))
    if _misfit(function, method):
        function = _unwritten(method)
        place = {"rpc": method.path, "place": guard.place}
        _LOG.warning("does not fit its proto any more", extra=place)
    if method.kind.streams_requests:
        function = _reading(function)
    wrap = _stream if method.kind.streams_replies else _single
    register = _REGISTER[method.kind]
    call = wrap(function, guard)
    return register(call, method.request.FromString, method.reply.SerializeToString)


_REGISTER: Mapping[Kind, Callable[..., "grpc.RpcMethodHandler[Any, Any]"]] = {
    Kind.UNARY_UNARY: grpc.unary_unary_rpc_method_handler,
    Kind.UNARY_STREAM: grpc.unary_stream_rpc_method_handler,
    Kind.STREAM_UNARY: grpc.stream_unary_rpc_method_handler,
    Kind.STREAM_STREAM: grpc.stream_stream_rpc_method_handler,
}


def _single(function: _Single, guard: "_Guard") -> Callable[[Any, Context], Awaitable[Message]]:
    async def call(request: Any, context: Context) -> Message:
        try:
            return guard.checked(await function(request, context))
        except Exception as error:
            return await guard.refuse(error, context)

    return call


def _stream(function: _Stream, guard: "_Guard") -> Callable[[Any, Context], Awaitable[None]]:
    async def call(request: Any, context: Context) -> None:
        try:
            replies = cast(AsyncGenerator[Message, None], function(request, context))
            async with aclosing(replies):
                async for reply in replies:
                    await context.write(guard.checked(reply))
        except Exception as error:
            await guard.refuse(error, context)

    return call


def _misfit(function: Callable[..., object], method: Method) -> bool:
    """Whether a handler still streams what is single now, or the other way round."""
    if method.kind.streams_replies:
        return inspect.iscoroutinefunction(function)
    return inspect.isasyncgenfunction(function)


def _unwritten(method: Method) -> Callable[[Any, Context], Any]:
    async def single(request: Any, context: Context) -> Message:
        raise NotWritten

    async def stream(request: Any, context: Context) -> AsyncIterator[Message]:
        raise NotWritten
        yield

    return stream if method.kind.streams_replies else single


def _reading(function: Callable[[Any, Context], Any]) -> Callable[[Any, Context], Any]:
    return lambda requests, context: function(_Requests(requests, context), context)


class _Requests:
    """The requests of a caller, ending only if the caller ended them.

    When a caller cancels, disconnects or runs out of time, grpc ends the iteration as if it had
    finished, and a handler would commit half an upload. One more read tells the difference: it
    raises CancelledError.
    """

    def __init__(self, requests: AsyncIterator[Message], context: Context) -> None:
        self._requests = requests
        self._context = context

    def __aiter__(self) -> AsyncIterator[Message]:
        return self

    async def __anext__(self) -> Message:
        try:
            return await anext(self._requests)
        except StopAsyncIteration:
            await self._context.read()
            raise


class _Guard:
    """Stands between a handler's mistakes and the caller: no exception text ever leaves."""

    def __init__(self, method: Method, place: str) -> None:
        self._method = method
        self.place = place

    def checked(self, reply: Message) -> Message:
        """The reply, if it is of the declared type: grpc would show the caller a traceback."""
        if not isinstance(reply, self._method.reply):
            given, wanted = type(reply).__name__, self._method.reply.__name__
            raise TypeError(f"{self._method.attribute} answered {given} instead of {wanted}")
        return reply

    async def refuse(self, error: Exception, context: Context) -> Message:
        """End the call with the status that the exception stands for; never returns."""
        # An abort is how a handler ends a call: it has chosen the status already.
        if isinstance(error, grpc.aio.AbortError):
            raise error
        if isinstance(error, NotWritten):
            said = f"{self._method.path[1:]} is not written yet: {self.place}"
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, said)
        _LOG.error("%s failed", self._method.path, exc_info=error)
        await context.abort(grpc.StatusCode.INTERNAL, "internal error")
        raise AssertionError("abort returned")


def where(handler: object, method: Method) -> str:
    """File and line of a method, for people: ``src/shop/handlers/...py:12``."""
    function = getattr(type(handler), method.attribute)
    if function.__module__ == type(handler).__module__:
        code = function.__code__
        return f"{_shown(code.co_filename)}:{code.co_firstlineno}"
    module = type(handler).__module__.removeprefix(f"{__package__.rpartition('.')[0]}.")
    file = _PACKAGE.joinpath(*module.split(".")).with_suffix(".py")
    return f"{_shown(str(file))}, class {type(handler).__name__}: add {method.attribute}"


def _shown(file: str) -> str:
    """The path from the project's folder on, without what lies above it."""
    path = Path(file)
    if not path.is_relative_to(_PACKAGE):
        return path.name
    inside = path.relative_to(_PACKAGE.parent)
    return str("src" / inside if _PACKAGE.parent.name == "src" else inside)
