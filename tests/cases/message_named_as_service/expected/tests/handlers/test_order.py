"""Tests of acme.shop.Order. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from shop.gen.acme.types import order_pb2
from shop.gen.clients import OrderClient

from ..samples import sample


async def test_order(channel: grpc.aio.Channel) -> None:
    """Order responds. TODO(you): assert the expected response."""
    client = OrderClient(channel)
    request = sample(order_pb2.Order)
    response = await client.order(request, timeout=5)
    assert response.IsInitialized()


async def test_serve(channel: grpc.aio.Channel) -> None:
    """Serve responds. TODO(you): assert the expected response."""
    client = OrderClient(channel)
    request = sample(order_pb2.OrderServicer)
    response = await client.serve(request, timeout=5)
    assert response.IsInitialized()
