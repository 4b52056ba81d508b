"""Several books together: what is listed, what fits, and all or none."""

import pytest

from trading.exchange import Exchange
from trading.matching import PriceLevel, Quote
from trading.order import Cancellation, Order, Side
from trading.refusal import BookFull, UnknownOrder, UnknownSymbol


def order(order_id: str, symbol: str = "ACME", side: Side = Side.BUY, limit: int = 100) -> Order:
    return Order(order_id, symbol, side, 1, limit, rests=True)


def test_each_symbol_has_its_own_book() -> None:
    """A bid for one symbol does not meet an ask for another."""
    exchange = Exchange(["ACME", "GLOBEX"])
    exchange.place([order("a"), order("b", "GLOBEX", Side.SELL)])
    assert exchange.quote("ACME") == Quote(bid=PriceLevel(100, 1))
    assert exchange.quote("GLOBEX") == Quote(ask=PriceLevel(100, 1))


def test_one_refused_order_refuses_them_all() -> None:
    """Of a list with an unknown symbol at its end, nothing is placed."""
    exchange = Exchange(["ACME"])
    with pytest.raises(UnknownSymbol, match="symbol 'NOPE' is not listed"):
        exchange.place([order("a"), order("b", "NOPE")])
    assert exchange.quote("ACME") == Quote()


def test_a_full_book_takes_no_more_resting_orders() -> None:
    """A full book refuses orders that rest, takes those that do not, and then has room again."""
    exchange = Exchange(["ACME"], capacity=2)
    exchange.place([order("a"), order("b")])
    with pytest.raises(BookFull, match="2 resting orders"):
        exchange.place([order("c")])
    exchange.place([Order("d", "ACME", Side.SELL, 1, None, rests=False)])
    assert exchange.place([order("e")])[0].resting


def test_a_list_of_orders_must_fit_as_a_whole() -> None:
    """Orders that would overfill a book together are refused together."""
    exchange = Exchange(["ACME"], capacity=2)
    with pytest.raises(BookFull):
        exchange.place([order("a"), order("b"), order("c")])
    assert exchange.quote("ACME") == Quote()


def test_an_order_is_cancelled_by_its_id_alone() -> None:
    """The exchange knows in which book an order rests."""
    exchange = Exchange(["ACME", "GLOBEX"])
    exchange.place([order("a", "GLOBEX")])
    assert exchange.cancel("a") == Cancellation("a", "GLOBEX", 1)
    assert exchange.quote("GLOBEX") == Quote()


def test_a_filled_order_cannot_be_cancelled() -> None:
    """An order that was filled by a later one no longer rests."""
    exchange = Exchange(["ACME"])
    exchange.place([order("a"), order("b", side=Side.SELL)])
    for order_id in ("a", "b"):
        with pytest.raises(UnknownOrder):
            exchange.cancel(order_id)
