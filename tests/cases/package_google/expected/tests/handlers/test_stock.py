"""Tests of google.inventory.v1.Stock. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from inventory.gen.clients import StockClient
from inventory.gen.google.inventory.v1 import stock_pb2

from ..samples import sample


async def test_get_item(channel: grpc.aio.Channel) -> None:
    """GetItem responds. TODO(you): assert the expected response."""
    client = StockClient(channel)
    request = sample(stock_pb2.Item)
    response = await client.get_item(request, timeout=5)
    assert response.IsInitialized()


async def test_list_items(channel: grpc.aio.Channel) -> None:
    """ListItems responds. TODO(you): assert the expected response."""
    client = StockClient(channel)
    request = sample(stock_pb2.Item)
    async for response in client.list_items(request, timeout=5):
        assert response.IsInitialized()
        break
