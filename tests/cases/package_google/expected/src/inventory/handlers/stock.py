"""The logic of google.inventory.v1.Stock.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.google.inventory.v1 import stock_pb2
from ..gen.servicers import StockServicer
from ..runtime.server import Context


class Stock(StockServicer):
    """The service google.inventory.v1.Stock."""

    async def get_item(
        self,
        request: stock_pb2.Item,
        context: Context,
    ) -> stock_pb2.Item:
        """Answer ``google.inventory.v1.Stock/GetItem``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_items(
        self,
        request: stock_pb2.Item,
        context: Context,
    ) -> AsyncIterator[stock_pb2.Item]:
        """Answer ``google.inventory.v1.Stock/ListItems``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
