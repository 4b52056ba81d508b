"""Tests of acme.shop.v1.Cart. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from shop.gen import shop_pb2
from shop.gen.clients import CartClient


async def test_add(channel: grpc.aio.Channel) -> None:
    """Add answers. TODO(you): say what it has to answer."""
    client = CartClient(channel)
    request = shop_pb2.Article(sku="apple")
    reply = await client.add(request, timeout=5)
    assert reply.count == 1  # mine


async def test_list(channel: grpc.aio.Channel) -> None:
    """List answers. TODO(you): say what it has to answer."""
    client = CartClient(channel)
    request = shop_pb2.ListRequest()
    async for reply in client.list(request, timeout=5):
        assert reply.IsInitialized()
        break


async def test_fill(channel: grpc.aio.Channel) -> None:
    """Fill answers. TODO(you): say what it has to answer."""
    client = CartClient(channel)

    async def requests() -> AsyncIterator[shop_pb2.Article]:
        yield shop_pb2.Article()

    reply = await client.fill(requests(), timeout=5)
    assert reply.IsInitialized()
