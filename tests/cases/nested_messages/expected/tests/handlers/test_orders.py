"""Tests of acme.nested.v1.Orders. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from nested.gen import case_pb2
from nested.gen.clients import OrdersClient

from ..samples import sample


async def test_get_order(channel: grpc.aio.Channel) -> None:
    """GetOrder responds. TODO(you): assert the expected response."""
    client = OrdersClient(channel)
    request = sample(case_pb2.Order.Get.Request)
    response = await client.get_order(request, timeout=5)
    assert response.IsInitialized()


async def test_list_orders(channel: grpc.aio.Channel) -> None:
    """ListOrders responds. TODO(you): assert the expected response."""
    client = OrdersClient(channel)
    request = sample(case_pb2.Order.List.Request)
    async for response in client.list_orders(request, timeout=5):
        assert response.IsInitialized()
        break


async def test_import_orders(channel: grpc.aio.Channel) -> None:
    """ImportOrders responds. TODO(you): assert the expected response."""
    client = OrdersClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Order]:
        yield sample(case_pb2.Order)

    response = await client.import_orders(requests(), timeout=5)
    assert response.IsInitialized()
