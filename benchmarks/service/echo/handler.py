"""The handler of the generated service; it takes the place of its stub."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from ..gen import echo_pb2
from ..gen.servicers import EchoServicer
from ..runtime.server import Context


class Echo(EchoServicer):
    """The least that a method can do."""

    async def say(self, request: echo_pb2.SayRequest, context: Context) -> echo_pb2.SayReply:
        """Answer with what it got."""
        return echo_pb2.SayReply(text=request.text)

    async def count(self, request: echo_pb2.CountRequest, context: Context) -> AsyncIterator[echo_pb2.CountReply]:
        """Answer with as many messages as are asked for."""
        for number in range(request.messages):
            yield echo_pb2.CountReply(number=number)

    async def break_(self, request: echo_pb2.SayRequest, context: Context) -> echo_pb2.SayReply:
        """Fail the way handlers fail."""
        raise RuntimeError("the secret of the handler")

    async def rarely(self, request: echo_pb2.SayRequest, context: Context) -> echo_pb2.SayReply:
        """May be called once in a long while."""
        return echo_pb2.SayReply(text=request.text)

    async def alone(self, request: echo_pb2.SayRequest, context: Context) -> echo_pb2.SayReply:
        """Takes its time."""
        await asyncio.sleep(request.number / 1000)
        return echo_pb2.SayReply(text=request.text)

    async def audited(self, request: echo_pb2.SayRequest, context: Context) -> echo_pb2.SayReply:
        """Leaves an audit event."""
        return echo_pb2.SayReply(text=request.text)
