"""The clients for code without ``async``: scripts, notebooks, threads.

Each keeps a loop in a thread of its own; calls are made there, and waited for here. It may be used
from several threads at once. In a coroutine it would block everything else: take the async client.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from google.protobuf.message import Message

from .base import BaseClient
from .streams import Conversation, Replies

C = TypeVar("C", bound=BaseClient)
Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)
T = TypeVar("T")


class Background:
    """A loop in a thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        started = threading.Event()
        run = self._serve(started)
        self._thread = threading.Thread(target=asyncio.run, args=(run,), daemon=True)
        self._thread.start()
        started.wait()

    async def _serve(self, started: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        started.set()
        await self._stop.wait()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the loop, with the caller's context, and wait for it."""
        if not self._thread.is_alive():
            work.close()
            raise RuntimeError("the client is closed; open another one.")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            # Ctrl-C interrupts the waiting: the call must not go on without anybody.
            future.cancel()
            raise

    def soon(self, work: Callable[[], object]) -> None:
        """Do something in the loop, and do not wait for it."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(work)

    def stop(self) -> None:
        """End the thread; stopping twice does nothing."""
        self.soon(lambda: self._stop.set())
        self._thread.join()


class BaseSyncClient(Generic[C]):
    """A client of one service; use it as ``with``."""

    def __init__(self, make: Callable[[], C]) -> None:
        """``make`` makes the async client, in the loop that it will live in."""
        self._background = Background()
        try:
            self._client: C = self._background.run(_opened(make))
        except BaseException:
            self._background.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the channel and end the thread. Closing twice does nothing."""
        if self._background._thread.is_alive():
            self._background.run(self._client.close())
            self._background.stop()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._background.run(work)


class SyncReplies(Generic[R]):
    """The replies of one call: ``for reply in client.watch(request)``."""

    def __init__(self, background: Background, replies: Replies[R]) -> None:
        self._background = background
        self._replies = replies

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> R:
        try:
            return self._background.run(self._replies.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def batches(self, size: int, within: float = 0.05) -> Iterator[list[R]]:
        """The replies in lists: of ``size`` at most, each ``within`` seconds of its first reply."""
        batches = self._replies.batches(size, within)
        while (batch := self._background.run(_next(batches))) is not None:
            yield batch

    def cancel(self) -> None:
        """End the call now; the service is told."""
        self._background.soon(self._replies.cancel)

    def __enter__(self) -> Self:
        self._background.run(self._replies.__aenter__())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cancel()

    def __del__(self) -> None:
        # What it holds may only be touched in its loop, also to be forgotten.
        self._background.soon(self._replies.cancel)


class SyncConversation(SyncReplies[R], Generic[Q, R]):
    """A call with streams in both directions: ``with client.chat() as chat: chat.send(...)``."""

    def __init__(self, background: Background, replies: Conversation[Q, R]) -> None:
        super().__init__(background, replies)
        self._conversation = replies

    def send(self, request: Q | None = None, /, **fields: Any) -> None:
        """Send one request, a message or its fields; waits while the service takes no more."""
        self._background.run(self._conversation.send(request, **fields))

    def done(self) -> None:
        """Tell the service that no more requests follow; its replies can still be read."""
        self._background.run(self._conversation.done())


async def elsewhere(requests: Iterable[Q]) -> AsyncIterator[Q]:
    """What an iterable gives, asked for on a thread: it may block, and must not stop the loop."""
    source, end = iter(requests), object()
    while (request := await asyncio.to_thread(next, source, end)) is not end:
        yield request  # type: ignore[misc]


async def _opened(make: Callable[[], C]) -> C:
    return await make().__aenter__()


async def _next(batches: AsyncIterator[T]) -> T | None:
    return await anext(batches, None)
