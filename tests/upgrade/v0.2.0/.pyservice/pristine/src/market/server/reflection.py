"""Reflection: what grpcurl and others ask to list and describe the services.

Anybody may ask, so this stands around the servicer that comes with grpcio, which would answer bytes
that are no request with the text of an exception, and keep a stream for as long as its caller likes.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.message import DecodeError
from grpc_reflection.v1alpha import reflection, reflection_pb2

from .context import Context, abort

SERVICE = reflection.SERVICE_NAME

_NEWER = "grpc.reflection.v1.ServerReflection"
"""What clients ask for first. Its messages are those of v1alpha, under another name."""

_LONGEST = 4 * 1024
"""Bytes of a request; all it has is a name."""
_AT_ONCE = 100
_PATIENCE = 60.0
"""Seconds until a stream is ended; a client that has more to ask opens another."""


class Reflection:
    """Describes the services, and says which there are."""

    def __init__(self, services: Sequence[str]) -> None:
        # Its stubs do not know that it answers with a generator.
        self._servicer: Any = reflection.aio.ReflectionServicer(services, _Symbols())
        self._open = 0

    async def answer(
        self,
        requests: AsyncIterator[reflection_pb2.ServerReflectionRequest],
        context: Context,
    ) -> None:
        """Answer each request of a stream."""
        if self._open >= _AT_ONCE:
            await abort(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "too many ask at once")
        self._open += 1
        try:
            async with asyncio.timeout(_PATIENCE):
                async for reply in self._servicer.ServerReflectionInfo(requests, context):
                    await context.write(reply)
        except (TimeoutError, grpc.aio.InternalError):
            pass  # it stayed too long, or went while a reply was on its way
        finally:
            self._open -= 1

    def rpc_handlers(self) -> tuple[grpc.GenericRpcHandler, ...]:
        """What the server registers."""
        reply = reflection_pb2.ServerReflectionResponse.SerializeToString
        method = grpc.stream_stream_rpc_method_handler(self.answer, _request, reply)
        methods = {"ServerReflectionInfo": method}
        return tuple(
            grpc.method_handlers_generic_handler(name, methods) for name in (_NEWER, SERVICE)
        )


class _Symbols:
    """What is known by name in this process. The pool itself finds everything but methods."""

    def __init__(self) -> None:
        self._pool: Any = descriptor_pool.Default()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def FindFileContainingSymbol(self, symbol: str) -> Any:
        """The file that a symbol is declared in. Raises KeyError."""
        try:
            return self._pool.FindFileContainingSymbol(symbol)
        except KeyError:
            return self._pool.FindMethodByName(symbol).containing_service.file


def _request(raw: bytes) -> reflection_pb2.ServerReflectionRequest:
    """The request in the bytes; an empty one, which is answered as wrong, where there is none."""
    try:
        if len(raw) <= _LONGEST:
            return reflection_pb2.ServerReflectionRequest.FromString(raw)
    except DecodeError:
        pass
    return reflection_pb2.ServerReflectionRequest()
