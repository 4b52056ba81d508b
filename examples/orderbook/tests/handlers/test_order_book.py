"""PlaceOrder, WatchMarket and SubmitBatchOrders over a real connection: what clients see."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from trading.errors import StatusError
from trading.gen import orderbook_pb2 as pb
from trading.gen.clients import OrderBookClient

from .desk import LATE, best, limit, market, place, stream, watching


@pytest.fixture
def client(channel: grpc.aio.Channel) -> OrderBookClient:
    """A client of a server whose books are empty."""
    return OrderBookClient(channel)


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
    with pytest.raises(StatusError) as caught:
        await place(client, request_)
    assert caught.value.code is code
    assert words in caught.value.message


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
    with pytest.raises(StatusError) as caught:
        async for _ in client.watch_market(pb.MarketRequest(symbol="NOPE")):
            pass
    assert caught.value.code is grpc.StatusCode.NOT_FOUND


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
    with pytest.raises(StatusError) as caught:
        await client.submit_batch_orders(stream(*batch))
    assert caught.value.code is code
    assert words in caught.value.message
    assert await best(client) == (0, 0)


async def test_a_batch_has_a_limit(client: OrderBookClient) -> None:
    """A thousand orders are a batch; one more is refused with all the others."""
    thousand = [limit(pb.BUY, 1, 1.0)] * 1000
    with pytest.raises(StatusError) as caught:
        await client.submit_batch_orders(stream(*thousand, limit(pb.BUY, 1, 1.0)))
    assert caught.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED
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
