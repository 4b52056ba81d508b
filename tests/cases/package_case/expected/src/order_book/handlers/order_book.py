"""The logic of Acme.OrderBook.V1Beta1.OrderBook.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.Acme.OrderBook.V1Beta1 import Order_Book_pb2
from ..gen.servicers import OrderBookServicer
from ..runtime.server import Context


class OrderBook(OrderBookServicer):
    """The service Acme.OrderBook.V1Beta1.OrderBook."""

    async def get_order(
        self,
        request: Order_Book_pb2.Order,
        context: Context,
    ) -> Order_Book_pb2.Order:
        """Answer ``Acme.OrderBook.V1Beta1.OrderBook/GetOrder``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_orders(
        self,
        request: Order_Book_pb2.Order,
        context: Context,
    ) -> AsyncIterator[Order_Book_pb2.Order]:
        """Answer ``Acme.OrderBook.V1Beta1.OrderBook/ListOrders``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
