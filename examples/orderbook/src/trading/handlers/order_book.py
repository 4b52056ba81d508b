"""The four calls of trading.OrderBook: they turn messages into facts for the floor, and back."""

import asyncio
from collections.abc import AsyncIterator
from typing import NoReturn

from .. import wire
from ..errors import InvalidArgument
from ..exchange import Exchange
from ..floor import Floor
from ..gen import orderbook_pb2
from ..gen.servicers import OrderBookServicer
from ..order import Order
from ..refusal import BatchTooLong, InvalidOrder, Refusal
from ..runtime.server import Context
from ..session import Event, Session

LISTED = ("ACME", "GLOBEX", "INITECH")
MAX_BATCH = 1000
MAX_ACTION_ID = 64


class OrderBook(OrderBookServicer):
    """Takes orders and reports what became of them."""

    def __init__(self, exchange: Exchange | None = None) -> None:
        self._floor = Floor(Exchange(LISTED) if exchange is None else exchange)

    async def place_order(
        self,
        request: orderbook_pb2.OrderRequest,
        context: Context,
    ) -> orderbook_pb2.OrderResponse:
        """Places one order and answers at once with what it traded."""
        try:
            (execution,) = self._floor.place([wire.to_order(request)])
        except Refusal as refusal:
            await _refuse(context, refusal)
        return wire.order_response(execution)

    async def watch_market(
        self,
        request: orderbook_pb2.MarketRequest,
        context: Context,
    ) -> AsyncIterator[orderbook_pb2.PriceUpdate]:
        """Streams the best prices of one symbol, or of all, as they change."""
        try:
            symbols = self._floor.market.symbols(request.symbol)
        except Refusal as refusal:
            await _refuse(context, refusal)
        with self._floor.market.watch(symbols) as watcher:
            async for update in watcher:
                yield wire.price_update(update)

    async def submit_batch_orders(
        self,
        requests: AsyncIterator[orderbook_pb2.OrderRequest],
        context: Context,
    ) -> orderbook_pb2.BatchResponse:
        """Places a batch of up to 1000 orders: all of them or none."""
        try:
            orders = [order async for order in _batch(requests)]
            executions = self._floor.place(orders)
        except Refusal as refusal:
            await _refuse(context, refusal)
        return orderbook_pb2.BatchResponse(
            orders=[wire.order_response(execution) for execution in executions],
            filled_quantity=sum(execution.filled for execution in executions),
        )

    async def live_trading(
        self,
        requests: AsyncIterator[orderbook_pb2.TradeAction],
        context: Context,
    ) -> AsyncIterator[orderbook_pb2.TradeResult]:
        """Trades in a session: actions go in, results come out as they happen."""
        session = Session()
        reader = asyncio.create_task(self._obey(requests, session))
        try:
            async for result in session:
                yield wire.trade_result(result)
            await reader
        finally:
            # However this ends, the reader ends with it, and the orders end with the reader.
            reader.cancel()
            await asyncio.wait([reader])

    async def _obey(
        self,
        actions: AsyncIterator[orderbook_pb2.TradeAction],
        session: Session,
    ) -> None:
        try:
            async for action in actions:
                # A long id is cut: what is sent back and waits to be read has to be small.
                session.tell(self._perform(action, session), action.action_id[:MAX_ACTION_ID])
                await session.room()
        finally:
            self._floor.part(session)

    def _perform(self, action: orderbook_pb2.TradeAction, session: Session) -> Event:
        try:
            if len(action.action_id) > MAX_ACTION_ID:
                raise InvalidOrder(f"action_id has at most {MAX_ACTION_ID} characters")
            match action.WhichOneof("action"):
                case "place":
                    return self._floor.place([wire.to_order(action.place)], session)[0]
                case "cancel":
                    return self._floor.cancel(action.cancel.order_id, session)
                case _:
                    raise InvalidOrder("action is required: place or cancel")
        except Refusal as refusal:
            return refusal


async def _batch(requests: AsyncIterator[orderbook_pb2.OrderRequest]) -> AsyncIterator[Order]:
    count = 0
    async for request in requests:
        count += 1
        if count > MAX_BATCH:
            raise BatchTooLong(MAX_BATCH)
        try:
            yield wire.to_order(request)
        except InvalidOrder as refusal:
            field = f"orders[{count - 1}].{refusal.field}"
            raise InvalidOrder(f"order {count}: {refusal}", field) from refusal


async def _refuse(context: Context, refusal: Refusal) -> NoReturn:
    if isinstance(refusal, InvalidOrder):
        raise InvalidArgument({refusal.field: str(refusal)}) from refusal
    await context.abort(wire.STATUS[type(refusal)], str(refusal))
