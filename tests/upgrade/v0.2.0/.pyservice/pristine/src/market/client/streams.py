"""Streams as a caller meets them: replies to iterate over, and conversations in both directions.

A stream starts when it is first read or entered, and ends with its last reply, with an error, when
it is left (``async with``), cancelled or forgotten. Nothing is read or written ahead of need: a
slow reader slows its service down, and a request is taken from its source when the one before it is
on its way. HTTP/2's window is the only buffer.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Coroutine, Iterable
from types import TracebackType
from typing import Any, Generic, Self, TypeAlias, TypeVar

import grpc
from google.protobuf.message import Message

from ..errors import StatusError
from .calls import Choices, Outgoing, Rpc
from .endings import Ending
from .received import received

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

Requests: TypeAlias = AsyncIterable[Q] | Iterable[Q]
"""What a client streams: anything that `for` or `async for` can go through."""

_OVER = (grpc.aio.AioRpcError, grpc.aio.InternalError, asyncio.InvalidStateError)
"""What grpc raises for a request that comes too late: the service has ended the call."""


class Replies(Generic[R]):
    """The replies of one call: ``async for reply in client.watch(request)``.

    With ``async with`` around it the call ends where the block is left; otherwise when nobody holds
    the stream any more.
    """

    def __init__(self, rpc: Rpc, raw: bytes | None, choices: Choices) -> None:
        self._rpc = rpc
        self._raw = raw
        self._choices = choices
        self._outgoing: Outgoing | None = None
        self._call: Any = None
        self._replies: AsyncIterator[bytes] | None = None
        self._ending: Ending | None = None
        self._ended: grpc.StatusCode | None = None
        self._starting = asyncio.Lock()
        self._reading = False
        self._left_as = grpc.StatusCode.CANCELLED
        """What the call counts as if it is left before it was read to its end."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> R:
        if self._ended is grpc.StatusCode.CANCELLED:
            # It must not look as if there were no more.
            raise self._rpc.cancelled()
        if self._ended:
            raise StopAsyncIteration
        if self._reading:
            raise RuntimeError(f"{self._rpc.name} is being read: its replies come one at a time.")
        self._reading = True
        try:
            await self._start()
            assert self._replies is not None
            reply: R = self._rpc.decoded(await anext(self._replies))
        except StopAsyncIteration:
            self._end(grpc.StatusCode.OK)
            raise
        except BaseException as error:
            await self._fail(error)
            raise
        finally:
            self._reading = False
        self._rpc.metrics.received += 1
        return reply

    async def batches(self, size: int, within: float = 0.05) -> AsyncIterator[list[R]]:
        """The replies in lists: of ``size`` at most, each ``within`` seconds of its first reply.

        What came ahead of an error is handed out before it is raised.
        """
        batch: list[R] = []
        reading: asyncio.Task[R] | None = None
        until = 0.0
        try:
            while not self._ended:
                reading = reading or asyncio.create_task(_next(self))
                left = max(until - asyncio.get_running_loop().time(), 0) if batch else None
                await asyncio.wait((reading,), timeout=left)
                if reading.done():
                    if reading.cancelled() or reading.exception() is not None:
                        break
                    batch.append(reading.result())
                    reading = None
                    if len(batch) == 1:
                        until = asyncio.get_running_loop().time() + within
                    if len(batch) < size:
                        continue
                yield batch
                batch = []
            if batch:
                yield batch
            if reading is not None:
                with contextlib.suppress(StopAsyncIteration):
                    reading.result()
        finally:
            if reading is not None:
                reading.cancel()

    def cancel(self) -> None:
        """End the call now; the service is told."""
        if not self._ended:
            if self._call is not None:
                self._call.cancel()
            self._end(self._left_as)

    async def aclose(self) -> None:
        """The same, for `contextlib.aclosing`."""
        self.cancel()

    async def __aenter__(self) -> Self:
        if not self._ended:
            try:
                await self._start()
            except BaseException as error:
                await self._fail(error)
                raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cancel()

    def __del__(self) -> None:
        # grpc never collects a stream that its reader has left.
        with contextlib.suppress(Exception):
            self.cancel()

    async def _start(self) -> None:
        if self._replies is None:
            # A reader and a sender may both come first, and credentials take a while.
            async with self._starting:
                if self._replies is None:
                    await self._open()

    async def _open(self) -> None:
        grants = await self._rpc.grants()
        self._outgoing = self._rpc.begin(self._choices, grants)
        first = () if self._raw is None else (self._raw,)
        self._call = self._outgoing.start(*first, **self._outgoing.arguments)
        self._replies = aiter(self._call)

    async def _fail(self, error: BaseException) -> None:
        """End the call for an exception. Raises what its caller sees instead of it, if anything."""
        if isinstance(error, grpc.aio.AioRpcError):
            error = await self._ending.true(error) if self._ending else error
            self._end(error.code())
            raise received(error, self._rpc.name) from error
        if self._call is not None:
            self._call.cancel()
        self._end(error.code if isinstance(error, StatusError) else grpc.StatusCode.CANCELLED)
        if isinstance(error, asyncio.CancelledError):
            self._rpc.check_cancelled()

    def _end(self, code: grpc.StatusCode) -> None:
        if not self._ended:
            self._ended = code
            if self._outgoing is not None:
                self._rpc.end(self._outgoing, code)


class Conversation(Replies[R], Generic[Q, R]):
    """A call with streams in both directions::

        async with client.chat() as chat:
            await chat.send(request)
            async for reply in chat:
                ...

    Leaving the block ends the call: ``await chat.done()`` and read to the end to be sure that the
    service has taken everything. ``client.chat(requests)`` sends what an iterable gives instead.
    """

    def __init__(self, rpc: Rpc, requests: Requests[Q] | None, choices: Choices) -> None:
        super().__init__(rpc, None, choices)
        self._requests = requests
        self._sender: asyncio.Task[None] | None = None
        self._done = False

    async def send(self, request: Q | None = None, /, **fields: Any) -> None:
        """Send one request, a message or its fields; waits while the service takes no more.

        One after the other: grpc writes one request at a time. Raises the error that the service
        has ended the call with, or EOFError if there is none.
        """
        if self._requests is not None or self._done:
            why = "they come from what was given" if self._requests is not None else "after done()"
            raise RuntimeError(f"{self._rpc.name} takes no more requests: {why}.")
        raw = self._rpc.encoded(request, fields)
        await self.__aenter__()
        if self._ended or not await _sent(self._call, raw):
            await self._refused()
        self._rpc.metrics.sent += 1

    async def done(self) -> None:
        """Tell the service that no more requests follow; its replies can still be read."""
        self._done = True
        await self.__aenter__()
        if not self._ended:
            with contextlib.suppress(*_OVER):
                await self._call.done_writing()

    async def __anext__(self) -> R:
        try:
            return await super().__anext__()
        except (asyncio.CancelledError, StatusError):
            _raise_failure(self._sender)
            raise

    async def _open(self) -> None:
        await super()._open()
        self._ending = Ending(self._call)
        if self._requests is not None:
            self._sender = asyncio.create_task(_send_all(self._rpc, self._call, self._requests))

    def _end(self, code: grpc.StatusCode) -> None:
        super()._end(code)
        if self._sender is not None:
            self._sender.cancel()

    async def _refused(self) -> None:
        """Raise what the call has ended with; replies that came before can still be read."""
        call = self._call
        code, details = await call.code(), await call.details()
        trailing = await call.trailing_metadata()
        error = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing, details)
        if self._ending is not None:
            error = await self._ending.true(error)
        self._left_as = error.code()
        if self._left_as is not grpc.StatusCode.OK:
            raise received(error, self._rpc.name) from error
        raise EOFError(f"{self._rpc.name} takes no more requests: the service has ended the call.")


async def collect(rpc: Rpc, requests: Requests[Q], choices: Choices) -> Any:
    """Send a stream of requests, for one reply."""
    grants = await rpc.grants()
    outgoing = rpc.begin(choices, grants)
    code = grpc.StatusCode.CANCELLED
    sender = ending = None
    try:
        call = outgoing.start(**outgoing.arguments)
        ending = Ending(call)
        sender = asyncio.create_task(_send_all(rpc, call, requests))
        reply = rpc.decoded(await call)
        code = grpc.StatusCode.OK
        return reply
    except grpc.aio.AioRpcError as error:
        status = error if ending is None else await ending.true(error)
        code = status.code()
        raise received(status, rpc.name) from error
    except asyncio.CancelledError:
        _raise_failure(sender)
        rpc.check_cancelled()
        raise
    except StatusError as error:
        code = error.code
        raise
    finally:
        # A service may answer without having read everything.
        if sender is not None:
            sender.cancel()
        rpc.end(outgoing, code)


async def _send_all(rpc: Rpc, call: Any, requests: Requests[Q]) -> None:
    """Send what an iterable gives; whatever it raises ends the call."""
    source = requests if isinstance(requests, AsyncIterable) else _each(requests)
    try:
        async for request in source:
            if not await _sent(call, rpc.encoded(request, {})):
                break
            rpc.metrics.sent += 1
        with contextlib.suppress(*_OVER):
            await call.done_writing()
    except BaseException:
        call.cancel()
        raise
    finally:
        if isinstance(source, AsyncGenerator):
            await source.aclose()


async def _each(requests: Iterable[Q]) -> AsyncIterator[Q]:
    for request in requests:
        yield request


async def _sent(call: Any, raw: bytes) -> bool:
    """Whether a request went out; if not, the call has ended."""
    try:
        await call.write(raw)
    except _OVER:
        return False
    return True


def _raise_failure(sender: asyncio.Task[None] | None) -> None:
    """Raise what the source of the requests has raised, if it did."""
    if sender is not None and sender.done() and not sender.cancelled():
        error = sender.exception()
        if error is not None:
            raise error


def _next(replies: Replies[R]) -> Coroutine[Any, Any, R]:
    return replies.__anext__()
