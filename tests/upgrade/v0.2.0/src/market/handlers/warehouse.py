"""The logic of market.v1.Stock. Mine: it was stock.py, and here we call it the warehouse.

This file is yours: `make generate` adds new RPCs to it and touches nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

from ..errors import NotWritten, OutOfRange
from ..gen.market.v1 import goods_pb2, stock_pb2
from ..gen.servicers import StockServicer
from ..server.context import Context

_ROOM = 1_000_000
"""Mine: how many goods the shelves hold."""


class Stock(StockServicer):
    """What there is to buy."""

    def __init__(self) -> None:
        self._shelf: Counter[str] = Counter()  # mine: how many there are of each good

    async def deliver(
        self,
        requests: AsyncIterator[goods_pb2.Line],
        context: Context,
    ) -> stock_pb2.Delivered:
        """Takes in a delivery, a line at a time."""
        taken: Counter[str] = Counter()  # mine: all of it, or nothing
        lines = 0
        async for line in requests:
            taken[line.sku] += line.quantity  # mine
            lines += 1
        if (taken + self._shelf).total() >= _ROOM:
            raise OutOfRange(f"there is room for {_ROOM} goods")  # mine
        self._shelf += taken
        return stock_pb2.Delivered(lines=lines, goods=taken.total())  # mine

    async def ask(
        self,
        requests: AsyncIterator[goods_pb2.Line],
        context: Context,
    ) -> AsyncIterator[goods_pb2.Line]:
        """Answers each line with how many of it there are."""
        async for line in requests:
            yield self._found(line)  # mine

    def _found(self, line: goods_pb2.Line) -> goods_pb2.Line:
        """Mine: what is there of a good, and not more than is asked for."""
        there = self._shelf[line.sku]
        return goods_pb2.Line(sku=line.sku, quantity=min(there, line.quantity or there))  # mine

    async def correct(
        self,
        request: goods_pb2.Line,
        context: Context,
    ) -> goods_pb2.Line:
        """Says how many of a good there really are, once somebody has counted."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
