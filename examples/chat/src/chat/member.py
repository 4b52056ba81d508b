"""One caller: the rooms it is in, and what it has yet to read."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

LIMIT = 256
"""Responses that may wait for a caller to read them."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody came in."""

    nicknames: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody said something."""

    text: str


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody left."""


@dataclass(frozen=True, slots=True)
class Missed:
    """So much happened while the reader was slow."""

    count: int


class Refusal(Exception):
    """A request that changed nothing; the message says why to people, the class to programs."""


What = Joined | Said | Left | Missed | Refusal


@dataclass(frozen=True, slots=True)
class Event:
    """What happened in a room, and which request it answers if any."""

    room: str
    what: What
    nickname: str = ""
    sequence: int = 0
    request_id: str = ""
    time: int = field(default_factory=time.time_ns)


class Member:
    """A caller and its outbox, which never makes anybody else wait and never grows without end.

    What others do is left out while the outbox is full, and counted for each room. The count is
    delivered where the gap is: behind what was in the outbox, ahead of what comes next from that room.
    Answers are always put in: whoever asks has to `room` first.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.nicknames: dict[str, str] = {}  # by room
        self._limit = limit
        self._unread: deque[Event] = deque()
        self._missed: dict[str, int] = {}
        self._closed = False
        self._changed = asyncio.Event()

    def hear(self, event: Event) -> None:
        """Something that somebody else did. Never waits."""
        if len(self._unread) >= self._limit:
            self._missed[event.room] = self._missed.get(event.room, 0) + 1
            return
        self._tell_missed(event.room)
        self._put(event)

    def answer(self, event: Event) -> None:
        """What became of a request of its own. Never waits, and is never left out."""
        # In order: what was missed in this room happened before.
        self._tell_missed(event.room)
        self._put(event)

    def close(self) -> None:
        """Nothing more will come; what is unread can still be read."""
        self._closed = True
        self._changed.set()

    async def room(self) -> None:
        """Wait until there is room for another answer."""
        while len(self._unread) >= self._limit:
            await self._change()

    def __aiter__(self) -> "Member":
        return self

    async def __anext__(self) -> Event:
        """The next event, as soon as there is one, until it is closed and read."""
        while not self._unread:
            if self._missed:
                self._tell_missed(next(iter(self._missed)))
            elif self._closed:
                raise StopAsyncIteration
            else:
                await self._change()
        self._changed.set()
        return self._unread.popleft()

    def _tell_missed(self, room: str) -> None:
        if count := self._missed.pop(room, 0):
            self._put(Event(room, Missed(count)))

    def _put(self, event: Event) -> None:
        self._unread.append(event)
        self._changed.set()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
