"""The logic of market.v1.Orders.

This file is yours: `make generate` adds new RPCs to it and touches nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from ..errors import InvalidArgument, NotWritten
from ..gen.market.v1 import orders_pb2
from ..gen.servicers import OrdersServicer
from ..ledger import Ledger
from ..server.context import Context

_OLDEST_TILL = 3  # mine: older ones round wrongly


class Orders(OrdersServicer):
    """What customers have bought."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger  # mine: app.py opens it

    async def place(
        self,
        request: orders_pb2.PlaceRequest,
        context: Context,
    ) -> orders_pb2.Order:
        """Places an order."""
        wrong = _wrong_lines(request)  # mine
        if wrong:
            raise InvalidArgument(wrong)
        return self._ledger.place(request.lines)  # mine

    async def get(
        self,
        request: orders_pb2.GetRequest,
        context: Context,
    ) -> orders_pb2.Order:
        """Tells of an order."""
        given = dict(context.invocation_metadata() or ())  # mine: tills say how old they are
        till = str(given.get("x-till-version", _OLDEST_TILL))
        if till.isdecimal() and int(till) < _OLDEST_TILL:
            await context.abort(  # mine
                grpc.StatusCode.FAILED_PRECONDITION,
                f"till {till} is too old",
                (("x-till-version", str(_OLDEST_TILL)),),
            )
        context.set_trailing_metadata((("x-orders", str(len(self._ledger))),))  # mine
        return self._ledger.find(request.id)

    async def watch(
        self,
        request: orders_pb2.GetRequest,
        context: Context,
    ) -> AsyncIterator[orders_pb2.Order]:
        """Streams where an order is, until it is sent."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
        yield  # hands out the replies, one at a time


def _wrong_lines(request: orders_pb2.PlaceRequest) -> dict[str, str]:
    """Mine: each field that nobody can deliver, and why."""
    if not request.lines:
        return {"lines": "there is nothing to order"}  # mine
    return {
        f"lines[{index}].quantity": "must be positive"  # mine
        for index, line in enumerate(request.lines)
        if not line.quantity
    }
