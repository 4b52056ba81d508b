"""LiveTrading: sessions over a real connection, and how they end."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import grpc
import pytest

from trading.gen import orderbook_pb2 as pb
from trading.gen.clients import OrderBookClient
from trading.handlers.order_book import OrderBook
from trading.runtime.server import Context

from .desk import LATE, best, closing, left_behind, limit, market, place, trading, watching


@pytest.fixture
def client(channel: grpc.aio.Channel) -> OrderBookClient:
    """A client of a server whose books are empty."""
    return OrderBookClient(channel)


async def test_an_action_is_answered_under_its_id(client: OrderBookClient) -> None:
    """The answers to placing and to cancelling carry the id that the client chose."""
    async with trading(client) as trader:
        order = await trader.place(limit(pb.BUY, 5, 10.0))
        assert order.status == pb.ORDER_STATUS_OPEN
        trader.send(pb.TradeAction(action_id="x", cancel=pb.CancelRequest(order_id=order.order_id)))
        result = await trader.result()
        assert result.action_id == "x"
        assert result.cancelled == pb.OrderCancelled(order_id=order.order_id, cancelled_quantity=5)
        assert result.occurred_at.seconds > 0


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (pb.TradeAction(), pb.REJECTION_REASON_INVALID),
        (pb.TradeAction(place=limit(pb.BUY, 0, 1.0)), pb.REJECTION_REASON_INVALID),
        (
            pb.TradeAction(place=limit(pb.BUY, 1, 1.0, "NOPE")),
            pb.REJECTION_REASON_UNKNOWN_SYMBOL,
        ),
        (pb.TradeAction(cancel=pb.CancelRequest()), pb.REJECTION_REASON_UNKNOWN_ORDER),
    ],
)
async def test_a_refused_action_does_not_end_the_session(
    client: OrderBookClient, action: pb.TradeAction, reason: pb.RejectionReason
) -> None:
    """A mistake is answered by a rejection, and the next action is done."""
    async with trading(client) as trader:
        trader.send(action)
        result = await trader.result()
        assert result.rejected.reason == reason
        assert result.rejected.detail
        assert (await trader.place(limit(pb.BUY, 1, 1.0))).status == pb.ORDER_STATUS_OPEN


async def test_a_long_action_id_is_refused_and_cut(client: OrderBookClient) -> None:
    """What waits to be read by a client is small, whatever the client sends."""
    async with trading(client) as trader:
        trader.send(pb.TradeAction(action_id="x" * 65, place=limit(pb.BUY, 5, 10.0)))
        result = await trader.result()
        assert result.rejected.reason == pb.REJECTION_REASON_INVALID
        assert result.action_id == "x" * 64
    assert await best(client) == (0, 0)


async def test_a_trader_hears_of_fills_as_they_happen(client: OrderBookClient) -> None:
    """A resting order of one session, traded with by others in two steps, is reported twice."""
    async with trading(client) as maker, trading(client) as taker:
        order = await maker.place(limit(pb.SELL, 5, 10.0))
        await place(client, market(pb.BUY, 2))
        assert (await maker.result()).filled == pb.OrderFilled(
            order_id=order.order_id, price=10.0, quantity=2, remaining_quantity=3
        )
        assert (await taker.place(limit(pb.BUY, 9, 10.5))).filled_quantity == 3
        result = await maker.result()
        assert result.filled.remaining_quantity == 0
        assert result.action_id == ""


async def test_any_order_can_be_cancelled_by_its_id(client: OrderBookClient) -> None:
    """An order of PlaceOrder's is cancelled by whoever was told its id."""
    order = await place(client, limit(pb.BUY, 5, 10.0))
    async with trading(client) as trader:
        trader.send(pb.TradeAction(cancel=pb.CancelRequest(order_id=order.order_id)))
        assert (await trader.result()).cancelled.cancelled_quantity == 5
    assert await best(client) == (0, 0)


async def test_a_session_that_is_finished_reports_what_it_cancels(client: OrderBookClient) -> None:
    """The client closes its side: its orders are cancelled, it is told, and the stream ends."""
    async with trading(client) as trader:
        order = await trader.place(limit(pb.BUY, 5, 10.0))
        trader.finish()
        result = await trader.result()
        assert result.cancelled == pb.OrderCancelled(order_id=order.order_id, cancelled_quantity=5)
        assert result.action_id == ""
        assert await trader.inbox.next() is None
    assert await best(client) == (0, 0)


async def test_the_orders_of_a_trader_who_hangs_up_are_cancelled(client: OrderBookClient) -> None:
    """The watchers see the orders go, those of others stay, and no task is left behind."""
    await place(client, limit(pb.BUY, 1, 10.0))
    async with watching(client, "ACME") as inbox:
        await inbox.next()
        async with trading(client) as trader:
            await trader.place(limit(pb.BUY, 5, 10.0))
            update = await inbox.next()
            assert update is not None
            assert update.bid_quantity == 6
        update = await inbox.next()
        assert update is not None
        assert update.bid_quantity == 1
    await asyncio.sleep(0.05)
    assert not left_behind()


async def test_a_session_that_the_server_closes_leaves_nothing() -> None:
    """When the stream of results is closed in mid-session, orders and task are gone."""
    book = OrderBook()
    nobody = cast("Context", None)

    async def actions() -> AsyncIterator[pb.TradeAction]:
        yield pb.TradeAction(place=limit(pb.BUY, 5, 10.0))
        await asyncio.sleep(LATE)

    async with closing(book.live_trading(actions(), nobody)) as results:
        assert (await anext(results)).placed.status == pb.ORDER_STATUS_OPEN
    assert not left_behind()
    async with closing(book.watch_market(pb.MarketRequest(symbol="ACME"), nobody)) as updates:
        assert (await anext(updates)).bid_quantity == 0


async def test_a_session_whose_actions_fail_fails() -> None:
    """An error while actions are read is not taken for the end of the session."""

    async def actions() -> AsyncIterator[pb.TradeAction]:
        yield pb.TradeAction()
        raise ConnectionError("lost")

    async with closing(OrderBook().live_trading(actions(), cast("Context", None))) as results:
        await anext(results)
        with pytest.raises(ConnectionError, match="lost"):
            await anext(results)


async def test_a_trader_who_does_not_read_is_not_read_either() -> None:
    """Once a client leaves its results unread, its actions stay on the wire."""
    sent = 0

    async def actions() -> AsyncIterator[pb.TradeAction]:
        nonlocal sent
        while sent < 10_000:
            sent += 1
            yield pb.TradeAction()
            await asyncio.sleep(0)

    async with closing(OrderBook().live_trading(actions(), cast("Context", None))) as results:
        await anext(results)
        await asyncio.sleep(0.2)
        assert sent < 300
