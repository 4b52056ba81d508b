"""Live traders on the floor: who hears what, and what becomes of their orders."""

import asyncio
import tracemalloc

import pytest

from trading.exchange import Exchange
from trading.floor import Floor
from trading.order import Cancellation, Fill, Order, Side
from trading.refusal import UnknownOrder
from trading.session import Event, Session


def floor() -> Floor:
    return Floor(Exchange(["ACME", "GLOBEX"]))


def order(order_id: str, side: Side, quantity: int, limit: int = 100) -> Order:
    return Order(order_id, "ACME", side, quantity, limit, rests=True)


async def unread(session: Session) -> list[Event]:
    session.close()
    return [result.event async for result in session]


async def test_a_trader_hears_of_the_fills_of_its_resting_orders() -> None:
    """The owner of a resting order is told when somebody trades with it."""
    pit, trader = floor(), Session()
    pit.place([order("mine", Side.BUY, 5)], trader)
    pit.place([order("theirs", Side.SELL, 2)])
    assert await unread(trader) == [Fill("mine", "theirs", 100, 2, 3)]


async def test_unread_fills_of_one_order_become_one() -> None:
    """A thousand small fills that nobody read are one entry with their sum."""
    pit, trader = floor(), Session()
    pit.place([order("mine", Side.BUY, 1001)], trader)
    for number in range(1000):
        pit.place([order(str(number), Side.SELL, 1)])
    assert await unread(trader) == [Fill("mine", "999", 100, 1000, 1)]


async def test_fills_that_were_read_are_not_told_again() -> None:
    """A fill after a read one stands for itself."""
    pit, trader = floor(), Session()
    pit.place([order("mine", Side.BUY, 9)], trader)
    pit.place([order("a", Side.SELL, 2)])
    assert (await anext(trader)).event == Fill("mine", "a", 100, 2, 7)
    pit.place([order("b", Side.SELL, 3)])
    assert (await anext(trader)).event == Fill("mine", "b", 100, 3, 4)


async def test_the_orders_of_a_trader_leave_with_it() -> None:
    """Parting cancels what rests, tells the trader and the watchers, and ends the session."""
    pit, trader = floor(), Session()
    pit.place([order("a", Side.BUY, 5), order("b", Side.BUY, 4, 99)], trader)
    with pit.market.watch(["ACME"]) as watcher:
        pit.part(trader)
        assert (await anext(watcher)).quote.bid is None
    assert [result.event async for result in trader] == [
        Cancellation("a", "ACME", 5),
        Cancellation("b", "ACME", 4),
    ]


async def test_a_market_where_everything_trades_keeps_nothing() -> None:
    """Of orders that came and were filled, no trace is left in any index."""
    pit, trader = floor(), Session()

    async def trade(numbers: range) -> None:
        for number in numbers:
            pit.place([order(f"a{number}", Side.BUY, 1)], trader)
            pit.place([order(f"b{number}", Side.SELL, 1)])
            await anext(trader)

    tracemalloc.start()
    try:
        await trade(range(2000))  # as much as the interpreter likes to keep for reuse
        before, _ = tracemalloc.get_traced_memory()
        await trade(range(2000, 4000))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # One index that kept its entries would hold 100,000 bytes more; the interpreter has its own moods.
    assert after - before < 60_000


async def test_parting_leaves_the_orders_of_others() -> None:
    """An order without an owner, and one of another trader's, rest on."""
    pit, trader, other = floor(), Session(), Session()
    pit.place([order("nobody's", Side.BUY, 1)])
    pit.place([order("other's", Side.BUY, 1)], other)
    pit.place([order("mine", Side.BUY, 1)], trader)
    pit.part(trader)
    assert pit.cancel("nobody's").quantity == 1
    assert pit.cancel("other's").quantity == 1
    with pytest.raises(UnknownOrder):
        pit.cancel("mine")


async def test_a_trader_hears_that_somebody_else_cancelled_its_order() -> None:
    """The owner is told, unless the owner is who asked and gets an answer anyway."""
    pit, trader = floor(), Session()
    pit.place([order("a", Side.BUY, 1), order("b", Side.BUY, 1)], trader)
    pit.cancel("a", by=trader)
    pit.cancel("b")
    assert await unread(trader) == [Cancellation("b", "ACME", 1)]


async def test_a_trader_who_does_not_read_has_its_actions_wait() -> None:
    """There is room for actions while fewer results than the limit are unread."""
    trader = Session(limit=2)
    trader.tell(UnknownOrder("a"), "1")
    await asyncio.wait_for(trader.room(), 1)
    trader.tell(UnknownOrder("b"), "2")
    waiting = asyncio.create_task(trader.room())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    assert (await anext(trader)).action_id == "1"
    await asyncio.wait_for(waiting, 1)


async def test_a_waiting_reader_hears_of_the_end() -> None:
    """A reader that waits for results ends when the session is closed."""
    trader = Session()
    waiting = asyncio.create_task(unread_until_closed(trader))
    await asyncio.sleep(0)
    trader.close()
    assert await asyncio.wait_for(waiting, 1) == 0


async def unread_until_closed(session: Session) -> int:
    return len([result async for result in session])
