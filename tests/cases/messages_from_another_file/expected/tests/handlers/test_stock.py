"""Tests of acme.stock.v1.Stock. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from stock.gen.acme.stock.v1 import requests_pb2
from stock.gen.clients import StockClient

from ..samples import sample


async def test_get_item(channel: grpc.aio.Channel) -> None:
    """GetItem responds. TODO(you): assert the expected response."""
    client = StockClient(channel)
    request = sample(requests_pb2.GetItemRequest)
    response = await client.get_item(request, timeout=5)
    assert response.IsInitialized()


async def test_list_items(channel: grpc.aio.Channel) -> None:
    """ListItems responds. TODO(you): assert the expected response."""
    client = StockClient(channel)
    request = sample(requests_pb2.ListItemsRequest)
    async for response in client.list_items(request, timeout=5):
        assert response.IsInitialized()
        break
