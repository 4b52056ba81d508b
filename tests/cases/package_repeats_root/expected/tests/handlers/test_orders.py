"""Tests of acme.order.acme.Orders. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from acme.gen.acme.order import order_pb2
from acme.gen.acme.types import item_pb2
from acme.gen.clients import OrdersClient

from ..samples import sample


async def test_wrap(channel: grpc.aio.Channel) -> None:
    """Wrap responds. TODO(you): assert the expected response."""
    client = OrdersClient(channel)
    request = sample(item_pb2.Item)
    response = await client.wrap(request, timeout=5)
    assert response.IsInitialized()


async def test_unwrap(channel: grpc.aio.Channel) -> None:
    """Unwrap responds. TODO(you): assert the expected response."""
    client = OrdersClient(channel)

    async def requests() -> AsyncIterator[order_pb2.Item]:
        yield sample(order_pb2.Item)

    response = await client.unwrap(requests(), timeout=5)
    assert response.IsInitialized()
