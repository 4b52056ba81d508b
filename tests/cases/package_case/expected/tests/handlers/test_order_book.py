"""Tests of Acme.OrderBook.V1Beta1.OrderBook. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from order_book.gen.Acme.OrderBook.V1Beta1 import Order_Book_pb2
from order_book.gen.clients import OrderBookClient

from ..samples import sample


async def test_get_order(channel: grpc.aio.Channel) -> None:
    """GetOrder responds. TODO(you): assert the expected response."""
    client = OrderBookClient(channel)
    request = sample(Order_Book_pb2.Order)
    response = await client.get_order(request, timeout=5)
    assert response.IsInitialized()


async def test_list_orders(channel: grpc.aio.Channel) -> None:
    """ListOrders responds. TODO(you): assert the expected response."""
    client = OrderBookClient(channel)
    request = sample(Order_Book_pb2.Order)
    async for response in client.list_orders(request, timeout=5):
        assert response.IsInitialized()
        break
