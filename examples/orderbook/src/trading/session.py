"""One live trader: the orders that live as long as it does, and the results it has yet to hear."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from .order import Cancellation, Execution, Fill
from .refusal import Refusal

Event = Execution | Fill | Cancellation | Refusal


@dataclass(frozen=True, slots=True)
class Result:
    """What happened `at` (nanoseconds), and which action it answers if any."""

    event: Event
    action_id: str
    at: int


class Session:
    """The resting orders of a live trader, and an outbox of results that cannot grow without end.

    Unread fills of the same order become one. That loses nothing, for they all have the price
    of that order. So the outbox holds one fill and one cancellation per order at most, and the
    answers to actions; a trader with `limit` unread results has its next action wait (`room`).
    """

    def __init__(self, limit: int = 256, clock: Callable[[], int] = time.time_ns) -> None:
        self.orders: dict[str, None] = {}  # ids; a set that remembers the order of arrival
        self._limit = limit
        self._clock = clock
        self._unread: OrderedDict[object, Result] = OrderedDict()
        self._closed = False
        self._changed = asyncio.Event()

    def tell(self, event: Event, action_id: str = "") -> None:
        """Put a result into the outbox. Never waits."""
        key: object = object()
        if isinstance(event, Fill):
            key = event.maker
            if (unread := self._unread.get(key)) and isinstance(unread.event, Fill):
                event = replace(event, quantity=event.quantity + unread.event.quantity)
        self._unread[key] = Result(event, action_id, self._clock())
        self._changed.set()

    def close(self) -> None:
        """Nothing more will be told; what is in the outbox can still be read."""
        self._closed = True
        self._changed.set()

    async def room(self) -> None:
        """Wait until fewer than `limit` results are unread."""
        while len(self._unread) >= self._limit:
            await self._change()

    def __aiter__(self) -> "Session":
        return self

    async def __anext__(self) -> Result:
        """The next result, as soon as there is one, until the session is closed and read."""
        while not self._unread:
            if self._closed:
                raise StopAsyncIteration
            await self._change()
        self._changed.set()
        return self._unread.popitem(last=False)[1]

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
