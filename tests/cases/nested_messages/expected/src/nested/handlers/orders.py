"""The logic of acme.nested.v1.Orders.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import OrdersServicer
from ..runtime.server import Context


class Orders(OrdersServicer):
    """The service acme.nested.v1.Orders."""

    async def get_order(
        self,
        request: case_pb2.Order.Get.Request,
        context: Context,
    ) -> case_pb2.Order.Get.Response:
        """Answer ``acme.nested.v1.Orders/GetOrder``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_orders(
        self,
        request: case_pb2.Order.List.Request,
        context: Context,
    ) -> AsyncIterator[case_pb2.Order]:
        """Answer ``acme.nested.v1.Orders/ListOrders``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def import_orders(
        self,
        requests: AsyncIterator[case_pb2.Order],
        context: Context,
    ) -> case_pb2.Order.Get.Response:
        """Answer ``acme.nested.v1.Orders/ImportOrders``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
