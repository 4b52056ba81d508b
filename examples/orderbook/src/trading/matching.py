"""A limit order book with price-time priority: pure, exact, logarithmic.

An operation costs O(log levels), amortised, and O(1) for each fill. Nothing in here
knows of clocks, networks or tasks: the same orders always give the same fills.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush, nsmallest

from .order import Execution, Fill, Order, Side
from .refusal import UnknownOrder


@dataclass(frozen=True, slots=True)
class PriceLevel:
    """How much rests at one price."""

    price: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The best bid, the best ask and the last trade; None where there is none."""

    bid: PriceLevel | None = None
    ask: PriceLevel | None = None
    last: int | None = None


class Queue:
    """The orders that rest at one price, first come, first served."""

    __slots__ = ("price", "quantity", "remaining")

    def __init__(self, price: int) -> None:
        self.price = price
        self.quantity = 0
        # By order id. Not a plain dict: that finds its first key by a walk over the deleted
        # ones, so emptying a long queue from the front would take quadratic time.
        self.remaining: OrderedDict[str, int] = OrderedDict()

    def join(self, order_id: str, quantity: int) -> None:
        """Put an order at the end."""
        self.remaining[order_id] = quantity
        self.quantity += quantity

    def trade(self, wanted: int) -> tuple[str, int, int]:
        """Trade up to `wanted` with the first order: its id, what it traded, what it has left."""
        order_id, available = next(iter(self.remaining.items()))
        traded = min(wanted, available)
        self.quantity -= traded
        if traded == available:
            del self.remaining[order_id]
        else:
            self.remaining[order_id] = available - traded
        return order_id, traded, available - traded

    def leave(self, order_id: str) -> int:
        """Take an order out; returns what it had left."""
        quantity = self.remaining.pop(order_id)
        self.quantity -= quantity
        return quantity

    def level(self) -> PriceLevel:
        """How much rests here."""
        return PriceLevel(self.price, self.quantity)


class Ladder:
    """One side of the book: its queues by price, the best one always at hand.

    A heap finds the best price. Prices whose queue is gone stay in it until they come to
    the top, or until they are the majority and it is rebuilt.
    """

    __slots__ = ("_heap", "_queues", "_sign")

    def __init__(self, side: Side) -> None:
        # The heap has its smallest on top; the best bid is the highest.
        self._sign = -1 if side is Side.BUY else 1
        self._queues: dict[int, Queue] = {}
        self._heap: list[int] = []

    def best(self) -> Queue | None:
        """The queue with the best price."""
        while self._heap:
            queue = self._queues.get(self._sign * self._heap[0])
            if queue is not None:
                return queue
            heappop(self._heap)
        return None

    def at(self, price: int) -> Queue:
        """The queue at a price, opened if there is none."""
        queue = self._queues.get(price)
        if queue is None:
            queue = self._queues[price] = Queue(price)
            heappush(self._heap, self._sign * price)
        return queue

    def close(self, queue: Queue) -> None:
        """Drop a queue if it is empty."""
        if queue.remaining:
            return
        del self._queues[queue.price]
        if len(self._heap) > 2 * len(self._queues) + 64:
            self._heap = [self._sign * price for price in self._queues]
            heapify(self._heap)

    def depth(self, levels: int) -> list[PriceLevel]:
        """The best `levels` prices, best first."""
        best = nsmallest(levels, (self._sign * price for price in self._queues))
        return [self._queues[self._sign * rank].level() for rank in best]


class Book:
    """The orders that rest for one symbol."""

    def __init__(self) -> None:
        self._ladders = {side: Ladder(side) for side in Side}
        self._places: dict[str, tuple[Ladder, Queue]] = {}
        self._last: int | None = None

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, order_id: str) -> bool:
        return order_id in self._places

    def place(self, order: Order) -> Execution:
        """Trade what can be traded; the remainder rests if the order does."""
        if order.id in self._places:
            raise ValueError(f"order id {order.id!r} is taken")
        fills = tuple(self._match(order))
        remaining = order.quantity - sum(fill.quantity for fill in fills)
        if remaining and order.rests and order.limit is not None:
            ladder = self._ladders[order.side]
            queue = ladder.at(order.limit)
            queue.join(order.id, remaining)
            self._places[order.id] = (ladder, queue)
        return Execution(order, fills, remaining)

    def _match(self, order: Order) -> Iterator[Fill]:
        ladder = self._ladders[Side.SELL if order.side is Side.BUY else Side.BUY]
        wanted = order.quantity
        while wanted and (queue := ladder.best()) and order.accepts(queue.price):
            maker, traded, maker_remaining = queue.trade(wanted)
            wanted -= traded
            self._last = queue.price
            if not maker_remaining:
                del self._places[maker]
                ladder.close(queue)
            yield Fill(maker, order.id, queue.price, traded, maker_remaining)

    def cancel(self, order_id: str) -> int:
        """Take an order out; returns what it had left. Raises UnknownOrder if it does not rest."""
        if order_id not in self._places:
            raise UnknownOrder(order_id)
        ladder, queue = self._places.pop(order_id)
        quantity = queue.leave(order_id)
        ladder.close(queue)
        return quantity

    def quote(self) -> Quote:
        """The best prices and the last one."""
        bid, ask = self._ladders[Side.BUY].best(), self._ladders[Side.SELL].best()
        return Quote(
            bid=None if bid is None else bid.level(),
            ask=None if ask is None else ask.level(),
            last=self._last,
        )

    def depth(self, side: Side, levels: int) -> list[PriceLevel]:
        """The best `levels` prices of one side, best first. Costs O(all levels of that side)."""
        return self._ladders[side].depth(levels)
