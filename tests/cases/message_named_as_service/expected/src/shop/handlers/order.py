"""The logic of acme.shop.Order.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen.acme.types import order_pb2
from ..gen.servicers import OrderServicer
from ..runtime.server import Context


class Order(OrderServicer):
    """The service acme.shop.Order."""

    async def order(
        self,
        request: order_pb2.Order,
        context: Context,
    ) -> order_pb2.Order:
        """Answer ``acme.shop.Order/Order``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def serve(
        self,
        request: order_pb2.OrderServicer,
        context: Context,
    ) -> order_pb2.OrderStub:
        """Answer ``acme.shop.Order/Serve``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
