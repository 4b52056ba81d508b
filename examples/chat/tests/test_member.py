"""The outbox of a caller: bounded, in order, and honest about what it left out."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

from chat.gen.chat.v1 import chat_pb2 as pb
from chat.handlers.chat_service import ChatService
from chat.member import Event, Member, Missed, Said
from chat.rooms import Rooms
from chat.runtime.server import Context

NOBODY = cast("Context", None)


def said(number: int, room: str = "tea") -> Event:
    return Event(room, Said(str(number)), "bob", number)


async def read(member: Member) -> list[str]:
    """All that is unread: the numbers, and gaps as ``-count``."""
    member.close()
    return [
        f"-{event.what.count}" if isinstance(event.what, Missed) else str(event.sequence)
        async for event in member
    ]


async def test_a_gap_is_told_where_it_is() -> None:
    """Behind what was in the outbox when it was full, ahead of what fits again."""
    member = Member(limit=3)
    for number in range(1, 6):
        member.hear(said(number))
    assert (await anext(member)).sequence == 1
    member.hear(said(6))
    assert await read(member) == ["2", "3", "-2", "6"]


async def test_a_gap_at_the_end_is_told_too() -> None:
    """Whoever reads everything hears how much it missed, though nothing comes after it."""
    member = Member(limit=2)
    for number in range(1, 8):
        member.hear(said(number))
    assert await read(member) == ["1", "2", "-5"]


async def test_each_room_has_its_own_gap() -> None:
    """What is said in one room tells nothing of another."""
    member = Member(limit=1)
    for number, room in enumerate(("tea", "tea", "coffee", "tea")):
        member.hear(said(number, room))
    member.close()
    missed = [(e.room, e.what.count) async for e in member if isinstance(e.what, Missed)]
    assert missed == [("tea", 2), ("coffee", 1)]


async def test_answers_are_never_left_out() -> None:
    """An answer goes into a full outbox; it is the asker who waits."""
    member = Member(limit=1)
    member.hear(said(1))
    member.answer(said(2))
    assert not await _done(member.room())
    assert await read(member) == ["1", "2"]


async def test_a_slow_reader_keeps_nobody_waiting() -> None:
    """A hundred thousand sayings to somebody who reads nothing: no wait, and a bounded outbox."""
    rooms, slow, quick = Rooms(), Member(), Member()
    rooms.join(slow, "tea", "slow", "")
    rooms.join(quick, "tea", "quick", "")
    for number in range(100_000):
        rooms.say(quick, "tea", str(number), "")
        assert await anext(quick)
    slow.close()
    events = [event async for event in slow]
    assert len(events) == 257
    assert events[-1].what == Missed(100_000 - 254)


async def test_a_caller_that_does_not_read_is_not_read_either() -> None:
    """Once it leaves its answers unread, its requests stay on the wire."""
    sent = 0

    async def requests() -> AsyncIterator[pb.ChatRequest]:
        nonlocal sent
        while sent < 10_000:
            sent += 1
            yield pb.ChatRequest()
            await asyncio.sleep(0)

    responses = ChatService().chat(requests(), NOBODY)
    assert (await anext(aiter(responses))).refused.detail
    await asyncio.sleep(0.1)
    assert sent < 300


async def _done(waiting: "asyncio.Future[None] | object") -> bool:
    """Whether something ends at once."""
    task = asyncio.ensure_future(cast("asyncio.Future[None]", waiting))
    done, _ = await asyncio.wait([task], timeout=0.02)
    task.cancel()
    return bool(done)
