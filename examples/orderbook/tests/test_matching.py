"""The limit order book, by example and against a naive oracle."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.matching import Book, PriceLevel, Quote
from trading.order import MAX_QUANTITY, MAX_TICKS, Fill, Order, Side
from trading.refusal import InvalidOrder, UnknownOrder

BUY, SELL = Side.BUY, Side.SELL


def order(
    order_id: str, side: Side, quantity: int, limit: int | None = None, *, rests: bool = True
) -> Order:
    return Order(order_id, "ACME", side, quantity, limit, rests=rests and limit is not None)


def test_a_limit_order_rests_in_an_empty_book() -> None:
    """With nobody to trade with, a limit order becomes the best price of its side."""
    book = Book()
    execution = book.place(order("a", BUY, 5, 100))
    assert (execution.filled, execution.remaining, execution.resting) == (0, 5, True)
    assert book.quote() == Quote(bid=PriceLevel(100, 5))


def test_a_trade_happens_at_the_price_of_the_order_that_was_there() -> None:
    """A buyer who would pay 105 gets the 100 that a seller asks."""
    book = Book()
    book.place(order("a", SELL, 5, 100))
    execution = book.place(order("b", BUY, 5, 105))
    assert execution.fills == (Fill("a", "b", 100, 5, 0),)
    assert book.quote() == Quote(last=100)
    assert len(book) == 0


def test_a_better_price_goes_before_an_earlier_time() -> None:
    """A market order takes the cheapest ask first, even if it came last."""
    book = Book()
    book.place(order("dear", SELL, 1, 102))
    book.place(order("cheap", SELL, 1, 101))
    assert [fill.maker for fill in book.place(order("t", BUY, 2)).fills] == ["cheap", "dear"]


def test_at_one_price_the_earlier_order_goes_first() -> None:
    """Orders at one price trade in the order in which they came."""
    book = Book()
    for order_id in ("first", "second", "third"):
        book.place(order(order_id, BUY, 2, 100))
    fills = book.place(order("t", SELL, 5)).fills
    assert [(fill.maker, fill.quantity, fill.maker_remaining) for fill in fills] == [
        ("first", 2, 0),
        ("second", 2, 0),
        ("third", 1, 1),
    ]


def test_a_partial_fill_keeps_its_place() -> None:
    """An order that traded in part is still the first at its price."""
    book = Book()
    book.place(order("first", BUY, 5, 100))
    book.place(order("second", BUY, 5, 100))
    book.place(order("t", SELL, 2))
    assert book.place(order("u", SELL, 1)).fills[0].maker == "first"


def test_a_market_order_never_rests() -> None:
    """What the book cannot fill of a market order is dropped."""
    book = Book()
    book.place(order("a", SELL, 3, 100))
    execution = book.place(order("t", BUY, 10))
    assert (execution.filled, execution.remaining, execution.resting) == (3, 7, False)
    assert book.quote() == Quote(last=100)


def test_an_immediate_order_respects_its_limit_and_never_rests() -> None:
    """A limit order that does not rest trades up to its limit and leaves nothing behind."""
    book = Book()
    book.place(order("a", SELL, 3, 100))
    book.place(order("b", SELL, 3, 101))
    execution = book.place(order("t", BUY, 6, 100, rests=False))
    assert (execution.filled, execution.resting) == (3, False)
    assert book.quote() == Quote(ask=PriceLevel(101, 3), last=100)


def test_a_cancelled_order_is_gone() -> None:
    """A cancelled order tells what it had left, trades no more and cannot be cancelled again."""
    book = Book()
    book.place(order("a", SELL, 5, 100))
    book.place(order("t", BUY, 2))
    assert book.cancel("a") == 3
    assert book.place(order("u", BUY, 1)).fills == ()
    with pytest.raises(UnknownOrder, match="'a'"):
        book.cancel("a")


def test_depth_adds_up_each_price_from_best_to_worst() -> None:
    """Depth has one level per price, and no more levels than were asked for."""
    book = Book()
    for order_id, limit in (("a", 99), ("b", 101), ("c", 100), ("d", 101)):
        book.place(order(order_id, BUY, 2, limit))
    assert book.depth(BUY, 2) == [PriceLevel(101, 4), PriceLevel(100, 2)]


def test_an_order_id_is_used_once() -> None:
    """An id that rests in the book cannot be placed again."""
    book = Book()
    book.place(order("a", BUY, 1, 100))
    with pytest.raises(ValueError, match="'a' is taken"):
        book.place(order("a", BUY, 1, 100))


@pytest.mark.parametrize(
    ("quantity", "limit", "words"),
    [
        (0, 100, "quantity must be at least 1"),
        (MAX_QUANTITY + 1, 100, "quantity must be at least 1"),
        (1, 0, "limit must be at least 1"),
        (1, MAX_TICKS + 1, "limit must be at least 1"),
        (1, None, "without a limit cannot rest"),
    ],
)
def test_an_order_that_makes_no_sense_cannot_exist(
    quantity: int, limit: int | None, words: str
) -> None:
    """Whoever holds an Order holds a valid one."""
    with pytest.raises(InvalidOrder, match=words):
        Order("a", "ACME", BUY, quantity, limit, rests=True)


def test_prices_that_come_and_go_leave_nothing_behind() -> None:
    """Orders placed and cancelled far from the market do not fill the memory with dead prices."""
    book = Book()
    book.place(order("best", BUY, 1, MAX_TICKS))
    tracemalloc.start()
    try:
        for price in range(1, 20_000):
            book.place(order("a", BUY, 1, price))
            book.cancel("a")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 20_000


@dataclass
class Oracle:
    """The same book, as slow and as plain as can be: a list that is searched from the start."""

    resting: list[Order] = field(default_factory=list)  # `quantity` is what is left

    def place(self, taker: Order) -> list[Fill]:
        fills = []
        wanted = taker.quantity
        sign = 1 if taker.side is BUY else -1
        while wanted:
            makers = [
                (sign * maker.limit, time, maker)
                for time, maker in enumerate(self.resting)
                if maker.limit is not None
                and maker.side is not taker.side
                and taker.accepts(maker.limit)
            ]
            if not makers:
                break
            rank, time, maker = min(makers, key=lambda each: each[:2])
            traded = min(wanted, maker.quantity)
            wanted -= traded
            left = maker.quantity - traded
            self.resting[time : time + 1] = [self.less(maker, left)] if left else []
            fills.append(Fill(maker.id, taker.id, sign * rank, traded, left))
        if wanted and taker.rests:
            self.resting.append(self.less(taker, wanted))
        return fills

    def less(self, resting: Order, left: int) -> Order:
        return order(resting.id, resting.side, left, resting.limit)

    def cancel(self, order_id: str) -> int | None:
        for time, maker in enumerate(self.resting):
            if maker.id == order_id:
                return self.resting.pop(time).quantity
        return None

    def depth(self, side: Side) -> list[PriceLevel]:
        totals: dict[int, int] = {}
        for maker in self.resting:
            if maker.side is side and maker.limit is not None:
                totals[maker.limit] = totals.get(maker.limit, 0) + maker.quantity
        return [PriceLevel(p, totals[p]) for p in sorted(totals, reverse=side is BUY)]


Wish = tuple[Side, int, int | None, bool]  # side, quantity, limit, rests

wishes = st.tuples(
    st.sampled_from(Side), st.integers(1, 20), st.none() | st.integers(1, 12), st.booleans()
)
cancels = st.integers(0, 60)
histories = st.lists(wishes | wishes | cancels, max_size=60)


def steps(history: list[Wish | int]) -> Iterator[Order | str]:
    """Orders to place, whose ids are their numbers, and ids to cancel that may not rest."""
    for number, step in enumerate(history):
        if isinstance(step, int):
            yield str(step)
        else:
            side, quantity, limit, rests = step
            yield order(str(number), side, quantity, limit, rests=rests)


@given(histories)
def test_the_book_does_what_the_oracle_does(history: list[Wish | int]) -> None:
    """Whatever is placed and cancelled: the same fills in the same order, and the same depth."""
    book, oracle = Book(), Oracle()
    for step in steps(history):
        if isinstance(step, Order):
            assert list(book.place(step).fills) == oracle.place(step)
        else:
            assert (book.cancel(step) if step in book else None) == oracle.cancel(step)
        for side in Side:
            assert book.depth(side, 100) == oracle.depth(side)
        bids, asks = oracle.depth(BUY), oracle.depth(SELL)
        quote = book.quote()
        assert (quote.bid, quote.ask) == (bids[0] if bids else None, asks[0] if asks else None)
        assert len(book) == len(oracle.resting)


@given(histories)
def test_the_book_is_never_crossed(history: list[Wish | int]) -> None:
    """After every step the best bid is below the best ask: whoever could trade has traded."""
    book = Book()
    for step in steps(history):
        if isinstance(step, Order):
            book.place(step)
        elif step in book:
            book.cancel(step)
        quote = book.quote()
        assert quote.bid is None or quote.ask is None or quote.bid.price < quote.ask.price


@given(histories)
def test_no_quantity_is_made_or_lost(history: list[Wish | int]) -> None:
    """On each side: all that was placed = traded + cancelled + dropped + still resting."""
    book = Book()
    placed, gone = {BUY: 0, SELL: 0}, {BUY: 0, SELL: 0}
    side_of: dict[str, Side] = {}
    for step in steps(history):
        if isinstance(step, Order):
            execution = book.place(step)
            side_of[step.id] = step.side
            placed[step.side] += step.quantity
            gone[step.side] += execution.filled if execution.resting else step.quantity
            for fill in execution.fills:
                assert side_of[fill.maker] is not step.side
                gone[side_of[fill.maker]] += fill.quantity
        elif step in book:
            gone[side_of[step]] += book.cancel(step)
        for side in Side:
            resting = sum(level.quantity for level in book.depth(side, 100))
            assert placed[side] == gone[side] + resting
