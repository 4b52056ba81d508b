"""The logic of acme.order.acme.Orders.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.acme.order import order_pb2
from ..gen.acme.types import item_pb2
from ..gen.servicers import OrdersServicer
from ..runtime.server import Context


class Orders(OrdersServicer):
    """The service acme.order.acme.Orders."""

    async def wrap(
        self,
        request: item_pb2.Item,
        context: Context,
    ) -> order_pb2.Item:
        """Answer ``acme.order.acme.Orders/Wrap``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def unwrap(
        self,
        requests: AsyncIterator[order_pb2.Item],
        context: Context,
    ) -> item_pb2.Item:
        """Answer ``acme.order.acme.Orders/Unwrap``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
