"""trading.OrderBook over a real connection: what its clients see."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Generic, TypeVar, cast

import grpc
import pytest

from trading.gen import orderbook_pb2 as pb
from trading.gen.clients import OrderBookClient
from trading.handlers.order_book import OrderBook
from trading.server.context import Context

T = TypeVar("T")
LATE = 5.0


@pytest.fixture
def client(channel: grpc.aio.Channel) -> OrderBookClient:
    """A client of a server whose books are empty."""
    return OrderBookClient(channel)


def limit(side: pb.OrderType, quantity: int, price: float, symbol: str = "ACME") -> pb.OrderRequest:
    return pb.OrderRequest(
        symbol=symbol, type=side, price=price, quantity=quantity, limit=pb.LimitOrder()
    )


def market(side: pb.OrderType, quantity: int) -> pb.OrderRequest:
    return pb.OrderRequest(symbol="ACME", type=side, quantity=quantity, market=pb.MarketOrder())


async def place(client: OrderBookClient, request: pb.OrderRequest) -> pb.OrderResponse:
    return await client.place_order(request, timeout=LATE)


async def stream(*requests: pb.OrderRequest) -> AsyncIterator[pb.OrderRequest]:
    for request in requests:
        yield request


class Inbox(Generic[T]):
    """What a stream has brought, read by a task that never keeps the server waiting."""

    def __init__(self, source: AsyncIterable[T]) -> None:
        self._received: asyncio.Queue[T | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._receive(source))

    async def _receive(self, source: AsyncIterable[T]) -> None:
        async for message in source:
            self._received.put_nowait(message)
        self._received.put_nowait(None)

    async def next(self) -> T | None:
        """The next message, or None at the end of the stream."""
        return await asyncio.wait_for(self._received.get(), LATE)

    async def hang_up(self) -> None:
        """Cancel the call, as a client does that is no longer interested."""
        self._task.cancel()
        await asyncio.wait([self._task])


@asynccontextmanager
async def watching(client: OrderBookClient, symbol: str) -> AsyncIterator[Inbox[pb.PriceUpdate]]:
    inbox = Inbox(client.watch_market(pb.MarketRequest(symbol=symbol)))
    try:
        yield inbox
    finally:
        await inbox.hang_up()


class Trader:
    """One end of a trading session."""

    def __init__(self, client: OrderBookClient) -> None:
        self._actions: asyncio.Queue[pb.TradeAction | None] = asyncio.Queue()
        self.inbox = Inbox(client.live_trading(self._sent()))

    async def _sent(self) -> AsyncIterator[pb.TradeAction]:
        while (action := await self._actions.get()) is not None:
            yield action

    def send(self, action: pb.TradeAction) -> None:
        self._actions.put_nowait(action)

    def finish(self) -> None:
        """Close the client's side of the stream."""
        self._actions.put_nowait(None)

    async def result(self) -> pb.TradeResult:
        """The next result."""
        result = await self.inbox.next()
        assert result is not None, "the session has ended"
        return result

    async def place(self, request: pb.OrderRequest) -> pb.OrderResponse:
        """Place an order and take its answer, which has to be the next result."""
        self.send(pb.TradeAction(action_id="place", place=request))
        result = await self.result()
        assert (result.action_id, result.WhichOneof("result")) == ("place", "placed")
        return result.placed


@asynccontextmanager
async def trading(client: OrderBookClient) -> AsyncIterator[Trader]:
    trader = Trader(client)
    try:
        yield trader
    finally:
        await trader.inbox.hang_up()


async def best(client: OrderBookClient) -> tuple[int, int]:
    """How much ACME is bid and asked at the best prices."""
    async with watching(client, "ACME") as inbox:
        update = await inbox.next()
        assert update is not None
        return update.bid_quantity, update.ask_quantity


def closing(stream: AsyncIterator[T]) -> aclosing[AsyncGenerator[T, None]]:
    """A stream that is closed at the end of a `with`: it is a generator, whatever its type says."""
    return aclosing(cast("AsyncGenerator[T, None]", stream))


def left_behind() -> list[str]:
    """The tasks of handlers that still run."""
    names = [repr(task.get_coro()) for task in asyncio.all_tasks()]
    return [name for name in names if "OrderBook." in name]


# PlaceOrder


async def test_an_order_that_meets_nobody_is_open(client: OrderBookClient) -> None:
    """It gets an id and a time, and rests in full."""
    response = await place(client, limit(pb.BUY, 5, 10.5))
    assert response.status == pb.ORDER_STATUS_OPEN
    assert response.order_id
    assert response.created_at.seconds > 0
    assert (response.filled_quantity, response.remaining_quantity) == (0, 5)
    assert await best(client) == (5, 0)


async def test_an_order_tells_what_it_traded_at_each_price(client: OrderBookClient) -> None:
    """Trades at one price are added up, and the best price comes first."""
    for quantity, price in ((2, 10.02), (1, 10.01), (3, 10.01)):
        await place(client, limit(pb.SELL, quantity, price))
    response = await place(client, limit(pb.BUY, 9, 10.02))
    assert response.status == pb.ORDER_STATUS_PARTIALLY_FILLED
    assert [(fill.price, fill.quantity) for fill in response.fills] == [(10.01, 4), (10.02, 2)]
    assert (response.filled_quantity, response.remaining_quantity) == (6, 3)


async def test_an_order_that_trades_in_full_is_filled(client: OrderBookClient) -> None:
    """Nothing of it remains."""
    await place(client, limit(pb.SELL, 5, 10.0))
    response = await place(client, market(pb.BUY, 5))
    assert (response.status, response.remaining_quantity) == (pb.ORDER_STATUS_FILLED, 0)


async def test_what_a_market_order_cannot_trade_is_cancelled(client: OrderBookClient) -> None:
    """A market order for more than there is trades what there is and does not rest."""
    await place(client, limit(pb.SELL, 5, 10.0))
    response = await place(client, market(pb.BUY, 7))
    assert (response.status, response.remaining_quantity) == (pb.ORDER_STATUS_CANCELLED, 2)
    assert await best(client) == (0, 0)


async def test_an_immediate_order_does_not_rest(client: OrderBookClient) -> None:
    """IMMEDIATE_OR_CANCEL leaves nothing in the book."""
    request = limit(pb.BUY, 5, 10.0)
    request.limit.time_in_force = pb.TIME_IN_FORCE_IMMEDIATE_OR_CANCEL
    assert (await place(client, request)).status == pb.ORDER_STATUS_CANCELLED
    assert await best(client) == (0, 0)


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        (limit(pb.BUY, 0, 1.0), grpc.StatusCode.INVALID_ARGUMENT, "quantity must be at least 1"),
        (limit(pb.BUY, 1, 1.005), grpc.StatusCode.INVALID_ARGUMENT, "not a multiple of 0.01"),
        (limit(pb.BUY, 1, 0.0), grpc.StatusCode.INVALID_ARGUMENT, "price must be more than 0"),
        (pb.OrderRequest(), grpc.StatusCode.INVALID_ARGUMENT, "order_variant is required"),
        (limit(pb.BUY, 1, 1.0, "NOPE"), grpc.StatusCode.NOT_FOUND, "'NOPE' is not listed"),
        (limit(pb.BUY, 1, 1.0, "\u00e4" * 100_000), grpc.StatusCode.NOT_FOUND, "is not listed"),
    ],
)
async def test_a_refused_order_says_why(
    client: OrderBookClient, request_: pb.OrderRequest, code: grpc.StatusCode, words: str
) -> None:
    """The status is for the program, the words are for its author."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await place(client, request_)
    assert caught.value.code() is code
    assert words in (caught.value.details() or "")


# WatchMarket


async def test_a_watcher_sees_the_market_move(client: OrderBookClient) -> None:
    """First how things stand, then each change, with the price of the last trade."""
    await place(client, limit(pb.SELL, 5, 10.5))
    async with watching(client, "ACME") as inbox:
        first = await inbox.next()
        assert first is not None
        assert (first.ask_price, first.ask_quantity) == (10.5, 5)
        assert not first.HasField("price")
        assert not first.HasField("bid_price")
        await place(client, market(pb.BUY, 2))
        second = await inbox.next()
        assert second is not None
        assert (second.price, second.ask_quantity) == (10.5, 3)
        assert second.sequence == first.sequence + 1


async def test_a_watcher_of_everything_sees_every_symbol(client: OrderBookClient) -> None:
    """An empty symbol means all that are listed."""
    async with watching(client, "") as inbox:
        symbols = {update.symbol for _ in range(3) if (update := await inbox.next())}
        assert symbols == {"ACME", "GLOBEX", "INITECH"}
        await place(client, limit(pb.BUY, 1, 1.0, "GLOBEX"))
        update = await inbox.next()
        assert update is not None
        assert (update.symbol, update.bid_price) == ("GLOBEX", 1.0)


async def test_a_symbol_that_is_not_listed_cannot_be_watched(client: OrderBookClient) -> None:
    """The stream ends with NOT_FOUND instead of staying silent."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in client.watch_market(pb.MarketRequest(symbol="NOPE")):
            pass
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


# SubmitBatchOrders


async def test_a_batch_is_placed_in_the_order_sent(client: OrderBookClient) -> None:
    """Later orders of a batch trade with earlier ones, and each has its answer."""
    batch = [limit(pb.SELL, 3, 10.0), limit(pb.SELL, 2, 10.1), market(pb.BUY, 4)]
    response = await client.submit_batch_orders(stream(*batch))
    assert [order.status for order in response.orders] == [
        pb.ORDER_STATUS_OPEN,
        pb.ORDER_STATUS_OPEN,
        pb.ORDER_STATUS_FILLED,
    ]
    assert response.filled_quantity == 4
    assert await best(client) == (0, 1)


async def test_an_empty_batch_is_done_at_once(client: OrderBookClient) -> None:
    """No orders, no answers, no error."""
    assert await client.submit_batch_orders(stream()) == pb.BatchResponse()


@pytest.mark.parametrize(
    ("last", "code", "words"),
    [
        (limit(pb.BUY, 0, 1.0), grpc.StatusCode.INVALID_ARGUMENT, "order 3: quantity"),
        (limit(pb.BUY, 1, 1.0, "NOPE"), grpc.StatusCode.NOT_FOUND, "'NOPE' is not listed"),
    ],
)
async def test_one_bad_order_refuses_the_batch(
    client: OrderBookClient, last: pb.OrderRequest, code: grpc.StatusCode, words: str
) -> None:
    """Nothing of a refused batch is placed."""
    batch = [limit(pb.BUY, 1, 1.0), limit(pb.BUY, 1, 1.0), last]
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await client.submit_batch_orders(stream(*batch))
    assert caught.value.code() is code
    assert words in (caught.value.details() or "")
    assert await best(client) == (0, 0)


async def test_a_batch_has_a_limit(client: OrderBookClient) -> None:
    """A thousand orders are a batch; one more is refused with all the others."""
    thousand = [limit(pb.BUY, 1, 1.0)] * 1000
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await client.submit_batch_orders(stream(*thousand, limit(pb.BUY, 1, 1.0)))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert await best(client) == (0, 0)
    await client.submit_batch_orders(stream(*thousand))
    assert await best(client) == (1000, 0)


async def test_a_batch_that_breaks_off_places_nothing(client: OrderBookClient) -> None:
    """A client that goes away before it closed its side has placed no order."""

    async def unfinished(sent: asyncio.Event) -> AsyncIterator[pb.OrderRequest]:
        yield limit(pb.BUY, 1, 1.0)
        yield limit(pb.BUY, 1, 1.0)
        sent.set()
        await asyncio.sleep(LATE)

    for _ in range(20):
        sent = asyncio.Event()
        call = asyncio.ensure_future(send(client, unfinished(sent)))
        await asyncio.wait_for(sent.wait(), LATE)
        await asyncio.sleep(0.005)  # let the orders arrive
        call.cancel()
        await asyncio.wait([call])
    await asyncio.sleep(0.1)  # let the server notice
    assert await best(client) == (0, 0)


async def send(client: OrderBookClient, batch: AsyncIterator[pb.OrderRequest]) -> pb.BatchResponse:
    return await client.submit_batch_orders(batch)


# LiveTrading


async def test_an_action_is_answered_under_its_id(client: OrderBookClient) -> None:
    """Placing, cancelling and refusing all carry the id of the action, and the session goes on."""
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
        (pb.TradeAction(action_id="x" * 65), pb.REJECTION_REASON_INVALID),
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


async def test_a_trader_who_does_not_read_is_not_read_either(client: OrderBookClient) -> None:
    """If a client leaves its results unread, its actions pile up with the client."""
    sent = 0

    async def actions() -> AsyncIterator[pb.TradeAction]:
        nonlocal sent
        for sent in range(100_000):
            yield pb.TradeAction(action_id="x" * 64, cancel=pb.CancelRequest(order_id="y" * 64))

    async with closing(client.live_trading(actions())) as results:
        await anext(results)
        before = -1
        while sent > before:
            before = sent
            await asyncio.sleep(0.1)
    assert sent < 50_000
