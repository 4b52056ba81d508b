"""Watchers see the latest price at their own pace."""

import asyncio
from itertools import count

import pytest

from trading.market import Market, Watcher
from trading.matching import PriceLevel, Quote
from trading.refusal import UnknownSymbol


def bid(price: int) -> Quote:
    return Quote(bid=PriceLevel(price, 1))


def market(*symbols: str) -> Market:
    return Market(symbols, clock=count(1000).__next__)


async def soon(watcher: Watcher) -> tuple[str, Quote, int]:
    async with asyncio.timeout(1):
        update = await anext(watcher)
    return update.symbol, update.quote, update.sequence


async def silent(watcher: Watcher) -> bool:
    try:
        async with asyncio.timeout(0.01):
            await anext(watcher)
    except TimeoutError:
        return True
    return False


async def test_a_watcher_starts_with_how_things_stand() -> None:
    """A new watcher first sees the present state of each of its symbols, in the listed order."""
    acme = market("ACME", "GLOBEX")
    acme.publish("ACME", bid(100))
    with acme.watch(["ACME", "GLOBEX"]) as watcher:
        assert await soon(watcher) == ("ACME", bid(100), 1)
        assert await soon(watcher) == ("GLOBEX", Quote(), 0)
        assert await silent(watcher)


async def test_a_watcher_that_keeps_up_sees_every_change() -> None:
    """Read as they come, updates have no gap in their sequence."""
    acme = market("ACME")
    with acme.watch(["ACME"]) as watcher:
        for price in range(1, 5):
            await soon(watcher)
            acme.publish("ACME", bid(price))
        assert await soon(watcher) == ("ACME", bid(4), 4)


async def test_a_waiting_watcher_is_woken() -> None:
    """A watcher that waits for news gets it when it is published."""
    acme = market("ACME")
    with acme.watch(["ACME"]) as watcher:
        await soon(watcher)
        waiting = asyncio.create_task(soon(watcher))
        await asyncio.sleep(0)
        acme.publish("ACME", bid(7))
        assert await waiting == ("ACME", bid(7), 1)


async def test_a_slow_watcher_skips_to_the_latest_price_of_each_symbol() -> None:
    """Of a thousand changes that nobody read, one per symbol is left: the last."""
    both = market("ACME", "GLOBEX")
    with both.watch(["ACME", "GLOBEX"]) as watcher:
        for price in range(1, 501):
            both.publish("GLOBEX", bid(price))
            both.publish("ACME", bid(price))
        assert await soon(watcher) == ("ACME", bid(500), 500)
        assert await soon(watcher) == ("GLOBEX", bid(500), 500)
        assert await silent(watcher)


async def test_a_busy_symbol_does_not_starve_a_quiet_one() -> None:
    """A symbol that changes before each read does not keep another from its turn."""
    both = market("ACME", "GLOBEX")
    with both.watch(["ACME", "GLOBEX"]) as watcher:
        both.publish("GLOBEX", bid(1))
        seen = []
        for price in range(1, 5):
            both.publish("ACME", bid(price))
            seen.append((await soon(watcher))[0])
        assert seen.count("GLOBEX") == 1


async def test_an_unchanged_quote_is_not_news() -> None:
    """Publishing the same quote again shows nothing and counts nothing."""
    acme = market("ACME")
    with acme.watch(["ACME"]) as watcher:
        acme.publish("ACME", bid(1))
        await soon(watcher)
        acme.publish("ACME", bid(1))
        assert await silent(watcher)


async def test_a_watcher_sees_its_own_symbols_only() -> None:
    """What happens to another symbol does not reach a watcher."""
    both = market("ACME", "GLOBEX")
    with both.watch(["ACME"]) as watcher:
        await soon(watcher)
        both.publish("GLOBEX", bid(1))
        assert await silent(watcher)


async def test_a_watcher_that_left_is_shown_nothing() -> None:
    """After the end of its `with`, a watcher costs the market nothing."""
    acme = market("ACME")
    with acme.watch(["ACME"]) as watcher:
        await soon(watcher)
    acme.publish("ACME", bid(1))
    assert await silent(watcher)


def test_symbols_are_one_or_all() -> None:
    """An empty wish means every symbol, and an unlisted one is refused."""
    both = market("ACME", "GLOBEX")
    assert both.symbols("") == ("ACME", "GLOBEX")
    assert both.symbols("GLOBEX") == ("GLOBEX",)
    with pytest.raises(UnknownSymbol):
        both.symbols("NOPE")
