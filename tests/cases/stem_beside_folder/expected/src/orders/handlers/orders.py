"""The logic of orders.Orders.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import orders_pb2_pb2
from ..gen.orders import items_pb2
from ..gen.servicers import OrdersServicer
from ..runtime.server import Context


class Orders(OrdersServicer):
    """The service orders.Orders."""

    async def place(
        self,
        request: items_pb2.Item,
        context: Context,
    ) -> orders_pb2_pb2.Receipt:
        """Answer ``orders.Orders/Place``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
