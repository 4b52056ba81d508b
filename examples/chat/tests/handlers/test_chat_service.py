"""ChatService over a real connection: who hears what, and what slow readers and vanished callers do to others."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from chat.gen.chat.v1 import chat_pb2 as pb
from chat.gen.clients import ChatServiceClient

LATE = 5.0


class Guest:
    """One end of a chat."""

    def __init__(self, client: ChatServiceClient) -> None:
        self._requests: asyncio.Queue[pb.ChatRequest | None] = asyncio.Queue()
        self._responses = client.chat(self._sent()).__aiter__()

    async def _sent(self) -> AsyncIterator[pb.ChatRequest]:
        while (request := await self._requests.get()) is not None:
            yield request

    def send(self, request: pb.ChatRequest | None) -> None:
        """Send a request, or close this side."""
        self._requests.put_nowait(request)

    async def next(self) -> pb.ChatResponse:
        """The next response. Raises StopAsyncIteration at the end."""
        return await asyncio.wait_for(self._responses.__anext__(), LATE)

    async def ask(self, request: pb.ChatRequest) -> pb.ChatResponse:
        """Send a request, and pass over what others do until it is answered."""
        self.send(request)
        while (response := await self.next()).request_id != request.request_id:
            pass
        return response

    async def join(self, room: str, nickname: str) -> pb.ChatResponse:
        return await self.ask(
            pb.ChatRequest(request_id="join", room=room, join=pb.Join(nickname=nickname))
        )

    async def say(self, room: str, text: str) -> pb.ChatResponse:
        return await self.ask(pb.ChatRequest(request_id="say", room=room, say=pb.Say(text=text)))


@pytest.fixture
def client(channel: grpc.aio.Channel) -> ChatServiceClient:
    """A client of a server whose rooms are empty."""
    return ChatServiceClient(channel)


async def test_all_of_a_room_hear_the_same_in_the_same_order(client: ChatServiceClient) -> None:
    """What one says, all hear, under one sequence; the answer to the one who said it has its id."""
    ann, bob = Guest(client), Guest(client)
    assert (await ann.join("tea", "ann")).sequence == 1
    assert list((await bob.join("tea", "bob")).joined.nicknames) == ["ann", "bob"]
    answer = await ann.say("tea", "milk?")
    assert (answer.nickname, answer.sequence, answer.said.text) == ("ann", 3, "milk?")
    heard = await bob.next()
    assert (heard.nickname, heard.sequence, heard.said.text) == ("ann", 3, "milk?")
    assert heard.request_id == ""


async def test_rooms_are_apart(client: ChatServiceClient) -> None:
    """One stream takes part in many rooms, and hears of each only what is said there."""
    ann, bob, eve = Guest(client), Guest(client), Guest(client)
    for room in ("tea", "coffee"):
        await ann.join(room, "ann")
    await bob.join("tea", "bob")
    await eve.join("coffee", "eve")
    await bob.say("tea", "one lump")
    await eve.say("coffee", "black")
    heard = [await ann.next() for _ in range(4)]
    said = [(event.room, event.nickname, event.said.text) for event in heard if event.said.text]
    assert said == [("tea", "bob", "one lump"), ("coffee", "eve", "black")]
    rooms = (await client.list_rooms(pb.ListRoomsRequest())).rooms
    assert [(room.name, room.members) for room in rooms] == [("coffee", 2), ("tea", 2)]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (pb.ChatRequest(room="tea"), pb.REFUSAL_REASON_INVALID),
        (pb.ChatRequest(room="", join=pb.Join(nickname="eve")), pb.REFUSAL_REASON_INVALID),
        (pb.ChatRequest(room="x", join=pb.Join(nickname="n" * 33)), pb.REFUSAL_REASON_INVALID),
        (pb.ChatRequest(room="tea", say=pb.Say(text="x" * 2001)), pb.REFUSAL_REASON_INVALID),
        (pb.ChatRequest(room="none", say=pb.Say(text="x")), pb.REFUSAL_REASON_NOT_A_MEMBER),
        (pb.ChatRequest(room="none", leave=pb.Leave()), pb.REFUSAL_REASON_NOT_A_MEMBER),
        (
            pb.ChatRequest(room="tea", join=pb.Join(nickname="b")),
            pb.REFUSAL_REASON_ALREADY_A_MEMBER,
        ),
        (pb.ChatRequest(room="x", join=pb.Join(nickname="bob")), pb.REFUSAL_REASON_NICKNAME_TAKEN),
    ],
)
async def test_what_is_refused_changes_nothing(
    client: ChatServiceClient, request_: pb.ChatRequest, reason: pb.RefusalReason
) -> None:
    """A mistake is answered and the chat goes on."""
    ann, bob = Guest(client), Guest(client)
    await ann.join("tea", "ann")
    await bob.join("x", "bob")
    request_.request_id = "mistake"
    answer = await ann.ask(request_)
    assert answer.refused.reason == reason
    assert answer.refused.detail
    assert (await ann.say("tea", "still here")).sequence == 2


async def test_a_caller_is_in_16_rooms_at_most(client: ChatServiceClient) -> None:
    """What one caller can make grow has a limit."""
    ann = Guest(client)
    for number in range(16):
        assert (await ann.join(f"room {number}", "ann")).joined.nicknames
    assert (await ann.join("one more", "ann")).refused.reason == pb.REFUSAL_REASON_FULL


async def test_whoever_closes_its_side_leaves_and_reads_the_rest(client: ChatServiceClient) -> None:
    """The others are told, the leaver hears its own leaving, and the stream ends."""
    ann, bob = Guest(client), Guest(client)
    await ann.join("tea", "ann")
    await bob.join("tea", "bob")
    await ann.next()
    ann.send(None)
    assert (await ann.next()).HasField("left")
    with pytest.raises(StopAsyncIteration):
        await ann.next()
    assert (await bob.next()).HasField("left")


async def test_whoever_vanishes_leaves(client: ChatServiceClient) -> None:
    """A call that is cancelled empties its place, and the nickname is free again."""
    ann, bob = Guest(client), Guest(client)
    await bob.join("tea", "bob")
    waiting = asyncio.create_task(ann.join("tea", "ann"))
    await waiting
    assert (await bob.next()).joined.nicknames
    call = asyncio.create_task(ann.next())
    await asyncio.sleep(0.05)
    call.cancel()
    assert (await bob.next()).HasField("left")
    assert list((await Guest(client).join("tea", "ann")).joined.nicknames) == ["bob", "ann"]
