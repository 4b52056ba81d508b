"""The logic of acme.stock.v1.Stock.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.acme.stock.v1 import items_pb2, requests_pb2
from ..gen.servicers import StockServicer
from ..runtime.server import Context


class Stock(StockServicer):
    """The service acme.stock.v1.Stock."""

    async def get_item(
        self,
        request: requests_pb2.GetItemRequest,
        context: Context,
    ) -> items_pb2.Item:
        """Answer ``acme.stock.v1.Stock/GetItem``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_items(
        self,
        request: requests_pb2.ListItemsRequest,
        context: Context,
    ) -> AsyncIterator[items_pb2.Item]:
        """Answer ``acme.stock.v1.Stock/ListItems``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
