"""A client of the order book, as its callers write it: one call of each kind, then what else can happen.

    python tools/demo/trade.py 127.0.0.1:50051

It imports the generated project, so that has to be on the path; nothing else of it is special.
"""

import asyncio
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Iterator

import grpc
from trading.errors import StatusError  # type: ignore[import-not-found, unused-ignore]
from trading.gen import orderbook_pb2 as pb  # type: ignore[import-not-found, unused-ignore]
from trading.gen.clients import OrderBookClient  # type: ignore[import-not-found, unused-ignore]

WIDTH = 87


class Talk:
    """Prints a call: its title, what is sent with ``>`` and what comes back with ``<``."""

    def __init__(self, title: str, kind: str) -> None:
        print(f"{title:<36}{kind}")
        self._since = time.perf_counter()

    def sent(self, words: str) -> None:
        """Something goes out; what comes back is timed from here."""
        print(f"  > {words}")
        self._since = time.perf_counter()

    def got(self, words: str) -> None:
        """Something came back."""
        milliseconds = (time.perf_counter() - self._since) * 1000
        first, *more = textwrap.wrap(words, WIDTH - 12)
        print(
            f"  < {first}{f'{milliseconds:.1f} ms':>{WIDTH - 4 - len(first)}}",
            *(f"    {line}" for line in more),
            sep="\n",
        )


async def main(address: str) -> None:
    """Trade a little on an empty book."""
    # A proxy that the environment names would not know the way to this machine.
    async with grpc.aio.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        await channel.channel_ready()
        client = OrderBookClient(channel)
        for call in (place_order, watch_market, submit_batch_orders, live_trading, refused, unwritten):
            await call(client)


async def place_order(client: OrderBookClient) -> None:
    """One request, one response."""
    talk = Talk("OrderBook/PlaceOrder", "unary -> unary")
    order = limit_order(pb.SELL, 100, 10.50)
    talk.sent(order_words(order))
    talk.got(placed_words(await client.place_order(order, timeout=5)))


async def watch_market(client: OrderBookClient) -> None:
    """One request, responses until the caller leaves."""
    talk = Talk("OrderBook/WatchMarket", "unary -> stream")
    talk.sent("ACME")
    updates = client.watch_market(pb.MarketRequest(symbol="ACME"), timeout=5)
    talk.got(price_words(await anext(updates)))
    order = market_order(pb.BUY, 40)
    talk.sent(f"meanwhile another trader places {order_words(order)}")
    await client.place_order(order, timeout=5)
    talk.got(price_words(await anext(updates)))
    await updates.aclose()


async def submit_batch_orders(client: OrderBookClient) -> None:
    """Requests until the caller is done, then one response."""
    talk = Talk("OrderBook/SubmitBatchOrders", "stream -> unary")
    orders = (limit_order(pb.BUY, 10, 10.40), limit_order(pb.BUY, 20, 10.30), market_order(pb.BUY, 30))

    def requests() -> Iterator[pb.OrderRequest]:
        for order in orders:
            talk.sent(order_words(order))
            yield order

    reply = await client.submit_batch_orders(requests(), timeout=5)
    talk.got(f"{len(reply.orders)} orders placed, {reply.filled_quantity} traded in all")


async def live_trading(client: OrderBookClient) -> None:
    """Requests and responses cross on one connection."""
    talk = Talk("OrderBook/LiveTrading", "stream -> stream")
    actions: asyncio.Queue[pb.TradeAction | None] = asyncio.Queue()

    async def requests() -> AsyncIterator[pb.TradeAction]:
        while action := await actions.get():
            yield action

    results = client.live_trading(requests(), timeout=5)
    order = limit_order(pb.BUY, 5, 10.45)
    talk.sent(f"a1: {order_words(order)}")
    actions.put_nowait(pb.TradeAction(action_id="a1", place=order))
    placed = await anext(results)
    talk.got(f"{placed.action_id}: {placed_words(placed.placed)}")
    talk.sent("a2: cancel it")
    actions.put_nowait(pb.TradeAction(action_id="a2", cancel=pb.CancelRequest(order_id=placed.placed.order_id)))
    cancelled = await anext(results)
    talk.got(
        f"{cancelled.action_id}: {cancelled.WhichOneof('result')}, {cancelled.cancelled.cancelled_quantity} were resting"
    )
    actions.put_nowait(None)
    async for result in results:
        talk.got(str(result.WhichOneof("result")))


async def refused(client: OrderBookClient) -> None:
    """A mistake of the caller's comes back as a status."""
    talk = Talk("OrderBook/PlaceOrder", "unary -> unary")
    order = market_order(pb.BUY, 1, symbol="NOPE")
    talk.sent(order_words(order))
    try:
        await client.place_order(order, timeout=5)
    except StatusError as error:
        talk.got(f"{error.code.name}: {error.message}")


async def unwritten(client: OrderBookClient) -> None:
    """An RPC without logic says where it goes."""
    talk = Talk("OrderBook/CancelOrder", "unary -> unary")
    talk.sent("some order")
    try:
        await client.cancel_order(pb.CancelRequest(order_id="some order"), timeout=5)
    except StatusError as error:
        talk.got(f"{error.code.name}: {error.message}")


def limit_order(side: pb.OrderType, quantity: int, price: float) -> pb.OrderRequest:
    """An order for ACME with a limit."""
    return pb.OrderRequest(symbol="ACME", type=side, quantity=quantity, price=price, limit=pb.LimitOrder())


def market_order(side: pb.OrderType, quantity: int, symbol: str = "ACME") -> pb.OrderRequest:
    """An order that takes what the book has."""
    return pb.OrderRequest(symbol=symbol, type=side, quantity=quantity, market=pb.MarketOrder())


def order_words(order: pb.OrderRequest) -> str:
    """``BUY 40 ACME at 10.50``."""
    price = f"at {order.price:.2f}" if order.HasField("limit") else "at market"
    return f"{pb.OrderType.Name(order.type)} {order.quantity} {order.symbol} {price}"


def placed_words(reply: pb.OrderResponse) -> str:
    """``OPEN, 0 traded, 100 left``."""
    status = pb.OrderStatus.Name(reply.status).removeprefix("ORDER_STATUS_")
    return f"{status}, {reply.filled_quantity} traded, {reply.remaining_quantity} left"


def price_words(update: pb.PriceUpdate) -> str:
    """``ACME: last 10.50, no bids, 60 asked at 10.50``."""
    last = f"last {update.price:.2f}" if update.HasField("price") else "no trade yet"
    bid = f"{update.bid_quantity} bid at {update.bid_price:.2f}" if update.HasField("bid_price") else "no bids"
    ask = f"{update.ask_quantity} asked at {update.ask_price:.2f}" if update.HasField("ask_price") else "no asks"
    return f"{update.symbol}: {last}, {bid}, {ask}"


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
