"""The logic of chat.v1.ChatService.

This file is yours: `make generate` adds new RPCs to it and touches nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from .. import wire
from ..gen.chat.v1 import chat_pb2
from ..gen.servicers import ChatServiceServicer
from ..member import Event, Member, Refusal
from ..rooms import MAX_NAME, Invalid, Rooms
from ..runtime.server import Context

MAX_REQUEST_ID = 64


class ChatService(ChatServiceServicer):
    """Carries what is said in a room to everybody who is in it."""

    def __init__(self, rooms: Rooms | None = None) -> None:
        self._rooms = rooms if rooms is not None else Rooms()

    async def chat(
        self,
        requests: AsyncIterator[chat_pb2.ChatRequest],
        context: Context,
    ) -> AsyncIterator[chat_pb2.ChatResponse]:
        """Takes part in as many as 16 rooms over one stream."""
        member = Member()
        # Reading and writing go on side by side: whoever only listens has to hear all the same.
        reader = asyncio.create_task(self._obey(requests, member))
        try:
            async for event in member:
                yield wire.response(event)
            await reader
        finally:
            # However this ends, the reader ends with it, and the member leaves with the reader.
            reader.cancel()
            await asyncio.wait([reader])

    async def list_rooms(
        self,
        request: chat_pb2.ListRoomsRequest,
        context: Context,
    ) -> chat_pb2.ListRoomsResponse:
        """Lists the rooms that somebody is in, by name."""
        return chat_pb2.ListRoomsResponse(
            rooms=[chat_pb2.Room(name=name, members=members) for name, members in self._rooms]
        )

    async def _obey(self, requests: AsyncIterator[chat_pb2.ChatRequest], member: Member) -> None:
        try:
            async for request in requests:
                try:
                    self._do(request, member)
                except Refusal as refusal:
                    # What is sent back and waits to be read has to be small.
                    room, request_id = request.room[:MAX_NAME], request.request_id[:MAX_REQUEST_ID]
                    member.answer(Event(room, refusal, request_id=request_id))
                # Not read further while the answers are not read: then the caller's own flow
                # control makes it wait, and nothing piles up here.
                await member.room()
        finally:
            self._rooms.part(member)

    def _do(self, request: chat_pb2.ChatRequest, member: Member) -> None:
        if len(request.request_id) > MAX_REQUEST_ID:
            raise Invalid(f"request_id has at most {MAX_REQUEST_ID} characters")
        match request.WhichOneof("action"):
            case "join":
                self._rooms.join(member, request.room, request.join.nickname, request.request_id)
            case "say":
                self._rooms.say(member, request.room, request.say.text, request.request_id)
            case "leave":
                self._rooms.leave(member, request.room, request.request_id)
            case _:
                raise Invalid("action is required: join, say or leave")
