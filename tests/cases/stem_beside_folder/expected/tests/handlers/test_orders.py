"""Tests of orders.Orders. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from orders.gen.clients import OrdersClient
from orders.gen.orders import items_pb2

from ..samples import sample


async def test_place(channel: grpc.aio.Channel) -> None:
    """Place responds. TODO(you): assert the expected response."""
    client = OrdersClient(channel)
    request = sample(items_pb2.Item)
    response = await client.place(request, timeout=5)
    assert response.IsInitialized()
