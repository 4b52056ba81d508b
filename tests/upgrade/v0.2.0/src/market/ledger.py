"""Orders, as long as the process lives. Mine; a database would have the same methods."""

import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from .errors import NotFound, SoldOut
from .gen.market.v1 import goods_pb2, orders_pb2
from .interceptors.call import principal, request_id
from .interceptors.shops import shop
from .settings import Settings

_LOG = logging.getLogger(__name__)

MOST = 1000
"""Mine: how many of a good one order may have."""


class Ledger:
    """Mine: all orders by their ids."""

    def __init__(self, settings: Settings) -> None:
        self._currency = settings.market_currency  # mine
        self._orders: dict[str, orders_pb2.Order] = {}

    def place(self, lines: Iterable[goods_pb2.Line]) -> orders_pb2.Order:
        """Mine: write an order down. Raises SoldOut."""
        order = orders_pb2.Order(id=f"{self._currency}-{len(self._orders) + 1}", lines=lines)
        for line in order.lines:
            if line.quantity > MOST:
                raise SoldOut(line.sku, MOST)  # mine
        order.progress = goods_pb2.PROGRESS_PLACED
        self._orders[order.id] = order
        extra = {"by": principal().subject, "request_id": request_id(), "shop": shop()}
        _LOG.info("an order was placed", extra=extra)  # mine
        return order

    def find(self, order: str) -> orders_pb2.Order:
        """Mine: an order. Raises NotFound."""
        if order not in self._orders:
            raise NotFound("order", order)
        return self._orders[order]

    def __len__(self) -> int:
        return len(self._orders)  # mine

    async def ping(self) -> None:
        """Mine: raises if nothing can be written down."""


@asynccontextmanager
async def open_ledger(settings: Settings) -> AsyncIterator[Ledger]:
    """Mine: the ledger of one process."""
    yield Ledger(settings)
