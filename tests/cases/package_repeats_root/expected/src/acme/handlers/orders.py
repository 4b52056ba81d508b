"""The logic of acme.order.acme.Orders.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..errors import NotWritten
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
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def unwrap(
        self,
        requests: AsyncIterator[order_pb2.Item],
        context: Context,
    ) -> item_pb2.Item:
        """Answer ``acme.order.acme.Orders/Unwrap``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
