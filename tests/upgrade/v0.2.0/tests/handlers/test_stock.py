"""Tests of market.v1.Stock. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from market.gen.clients import StockClient
from market.gen.market.v1 import goods_pb2

from ..messages import sample


async def test_deliver(channel: grpc.aio.Channel) -> None:
    """Deliver answers. TODO(you): say what it has to answer."""
    client = StockClient(channel)

    async def requests() -> AsyncIterator[goods_pb2.Line]:
        yield sample(goods_pb2.Line)

    reply = await client.deliver(requests(), timeout=5)
    assert (reply.lines, reply.goods) == (1, 2)  # mine


async def test_ask(channel: grpc.aio.Channel) -> None:
    """Mine: it tells how many there are."""
    client = StockClient(channel)

    async def requests() -> AsyncIterator[goods_pb2.Line]:
        yield sample(goods_pb2.Line)

    await client.deliver(requests(), timeout=5)
    replies = [reply async for reply in client.ask(requests(), timeout=5)]
    assert replies == [goods_pb2.Line(sku="ACME", quantity=2)]  # mine


async def test_correct(channel: grpc.aio.Channel) -> None:
    """Correct answers. TODO(you): say what it has to answer."""
    client = StockClient(channel)
    request = sample(goods_pb2.Line)
    reply = await client.correct(request, timeout=5)
    assert reply.IsInitialized()
