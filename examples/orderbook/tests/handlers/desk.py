"""What the tests of the handlers share: requests, and clients that read and trade."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Generic, TypeVar, cast

from trading.gen import orderbook_pb2 as pb
from trading.gen.clients import OrderBookClient

T = TypeVar("T")
LATE = 5.0


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
