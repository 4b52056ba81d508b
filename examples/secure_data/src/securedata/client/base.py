"""One channel, and calls of all four kinds over it."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

import grpc
from google.protobuf.message import Message

T = TypeVar("T", bound=Message)

Requests: TypeAlias = AsyncIterable[T] | Iterable[T]
"""What a client streams: anything that `for` or `async for` can go through."""

Metadata: TypeAlias = Sequence[tuple[str, str | bytes]]
"""Pairs sent ahead of a call; keys are lower case, values of keys ending in ``-bin`` are bytes."""


class BaseClient:
    """A client of one service; use it as ``async with``.

    ``target`` is an address such as ``dns:///orders:50051``, or a channel that others close.
    """

    def __init__(self, target: str | grpc.aio.Channel) -> None:
        self._owned = isinstance(target, str)
        self._channel = grpc.aio.insecure_channel(target) if isinstance(target, str) else target

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the channel, if this client opened it."""
        if self._owned:
            await self._channel.close()

    async def _unary_unary(
        self,
        path: str,
        reply: type[T],
        request: Message,
        timeout: float | None,
        metadata: Metadata | None,
    ) -> T:
        call = self._channel.unary_unary(path, _serialize, reply.FromString)
        message: T = await call(request, timeout=timeout, metadata=_pairs(metadata))
        return message

    async def _unary_stream(
        self,
        path: str,
        reply: type[T],
        request: Message,
        timeout: float | None,
        metadata: Metadata | None,
    ) -> AsyncIterator[T]:
        start = self._channel.unary_stream(path, _serialize, reply.FromString)
        call = start(request, timeout=timeout, metadata=_pairs(metadata))
        # A stream that its reader leaves is never collected by itself.
        try:
            async for message in call:
                yield message
        finally:
            call.cancel()

    async def _stream_unary(
        self,
        path: str,
        reply: type[T],
        requests: Requests[Any],
        timeout: float | None,
        metadata: Metadata | None,
    ) -> T:
        call = self._channel.stream_unary(path, _serialize, reply.FromString)
        message: T = await call(_iterator(requests), timeout=timeout, metadata=_pairs(metadata))
        return message

    async def _stream_stream(
        self,
        path: str,
        reply: type[T],
        requests: Requests[Any],
        timeout: float | None,
        metadata: Metadata | None,
    ) -> AsyncIterator[T]:
        start = self._channel.stream_stream(path, _serialize, reply.FromString)
        call = start(_iterator(requests), timeout=timeout, metadata=_pairs(metadata))
        try:
            async for message in call:
                yield message
        finally:
            call.cancel()


def _iterator(requests: Requests[Any]) -> AsyncIterator[Any] | Iterator[Any]:
    return aiter(requests) if isinstance(requests, AsyncIterable) else iter(requests)


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()


def _pairs(metadata: Metadata | None) -> tuple[tuple[str, str | bytes], ...] | None:
    return tuple(metadata) if metadata is not None else None
