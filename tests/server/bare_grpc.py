"""A server and calls of grpc alone, for the facts that the generated server rests on."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import grpc

HANDLER = Callable[..., Any]


@asynccontextmanager
async def serving(
    methods: dict[str, Any],
    options: Sequence[tuple[str, Any]] = (),
    stops: bool = True,
    **server_arguments: Any,
) -> AsyncIterator[tuple[grpc.aio.Server, int]]:
    """A server with nothing but these methods of the service ``s``, and its port."""
    given = [("grpc.so_reuseport", 0), *options]
    server = grpc.aio.server(options=given, **server_arguments)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("s", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield server, port
    finally:
        if stops:
            await server.stop(None)


@asynccontextmanager
async def talking(methods: dict[str, Any], **arguments: Any) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to such a server."""
    async with serving(methods, **arguments) as (_, port), connected(port) as channel:
        yield channel


def connected(port: int) -> grpc.aio.Channel:
    """A channel to a port of this machine."""
    return grpc.aio.insecure_channel(f"127.0.0.1:{port}")


def one(function: HANDLER, decode: Any = None, encode: Any = None) -> Any:
    """Return a unary method; requests and responses are bytes unless ``decode`` and ``encode`` are given."""
    return grpc.unary_unary_rpc_method_handler(function, decode, encode)


def calling(channel: Any, request: bytes = b"", method: str = "/s/m", timeout: float | None = 5, **options: Any) -> Any:
    """Start a unary call."""
    return channel.unary_unary(method)(request, timeout=timeout, **options)


def streaming(channel: Any) -> Any:
    """Start a call of one request and a stream of responses."""
    return channel.unary_stream("/s/m")(b"", timeout=20)


async def ended(channel: grpc.aio.Channel, timeout: float | None = 5, **options: Any) -> tuple[str, str]:
    """Call the unary method ``m``; return the status and the details or response."""
    call = calling(channel, b"ask", timeout=timeout, **options)
    try:
        return "OK", (await call).decode()
    except grpc.aio.AioRpcError as error:
        return error.code().name, error.details() or ""


async def answer(request: bytes, context: Any) -> bytes:
    """The simplest handler."""
    return b"answer"


def broken(*_: Any) -> Any:
    """Raises what no caller should read."""
    raise RuntimeError("hunter2")
