"""Prices cross the wire as doubles and lose nothing on the way."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading import wire
from trading.gen import orderbook_pb2 as pb
from trading.order import MAX_TICKS, Side
from trading.refusal import InvalidOrder, Refusal


@given(st.integers(1, MAX_TICKS))
def test_every_price_survives_the_round_trip(ticks: int) -> None:
    """From ticks to a double and back is the same price, for every price there is."""
    assert wire.to_ticks(wire.to_price(ticks)) == ticks


@given(st.integers(1, MAX_TICKS))
def test_a_price_is_the_double_that_a_decimal_literal_is(ticks: int) -> None:
    """A client that writes 10.07 in any language sends the double that stands for 1007 ticks."""
    assert wire.to_ticks(float(f"{ticks // 100}.{ticks % 100:02}")) == ticks


@given(st.floats())
def test_a_double_is_exactly_a_price_or_refused(price: float) -> None:
    """No double, however odd, is rounded to a price that it is not."""
    try:
        ticks = wire.to_ticks(price)
    except InvalidOrder:
        return
    assert wire.to_price(ticks) == price


@pytest.mark.parametrize("price", [10.005, 0.1 + 0.2, 0.001, math.nextafter(1.01, 2)])
def test_a_price_between_two_ticks_is_refused(price: float) -> None:
    """A price that is not a multiple of the tick is named in the refusal."""
    with pytest.raises(InvalidOrder, match=f"price {price!r} is not a multiple of 0.01"):
        wire.to_ticks(price)


@pytest.mark.parametrize("price", [0.0, -1.0, math.nan, math.inf, -math.inf, 10_000_000.01, 1e308])
def test_a_price_out_of_range_is_refused(price: float) -> None:
    """A limit is a finite price above nothing and not beyond the highest."""
    with pytest.raises(InvalidOrder, match="more than 0 and at most 10000000"):
        wire.to_ticks(price)


def test_a_market_order_has_no_limit_and_does_not_rest() -> None:
    """A request with the market variant becomes an order that takes any price."""
    order = wire.to_order(
        pb.OrderRequest(symbol="ACME", type=pb.SELL, quantity=3, market=pb.MarketOrder())
    )
    assert (order.side, order.quantity, order.limit, order.rests) == (Side.SELL, 3, None, False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (pb.OrderRequest(quantity=0), "quantity must be at least 1"),
        (pb.OrderRequest(quantity=2**64 - 1), "quantity must be at least 1"),
        (pb.OrderRequest(market=pb.MarketOrder()), "a market order has no price"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(change: pb.OrderRequest, words: str) -> None:
    """The refusal says in words what is wrong."""
    request = pb.OrderRequest(symbol="ACME", price=1.5, quantity=1, limit=pb.LimitOrder())
    if change.quantity or not change.WhichOneof("order_variant"):
        request.quantity = change.quantity
    request.MergeFrom(change)
    with pytest.raises(InvalidOrder, match=words):
        wire.to_order(request)


def test_an_order_without_a_variant_is_refused() -> None:
    """Neither market nor limit is not a kind of order."""
    with pytest.raises(InvalidOrder, match="market or limit"):
        wire.to_order(pb.OrderRequest(symbol="ACME", price=1.5, quantity=1))


def test_enum_values_from_a_newer_client_are_refused() -> None:
    """proto3 lets unknown numbers through; none of them means BUY or rests by accident."""
    limit = pb.OrderRequest(symbol="ACME", price=1.5, quantity=1, limit=pb.LimitOrder())
    newer = pb.OrderRequest.FromString(limit.SerializeToString() + b"\x10\x07")
    with pytest.raises(InvalidOrder, match="type 7 is neither"):
        wire.to_order(newer)
    force = pb.LimitOrder.FromString(b"\x08\x07")
    with pytest.raises(InvalidOrder, match="time_in_force 7 is not known"):
        wire.to_order(pb.OrderRequest(symbol="ACME", price=1.5, quantity=1, limit=force))


def test_order_ids_are_not_guessable() -> None:
    """Two orders have ids of at least 96 random bits, with nothing in common."""
    request = pb.OrderRequest(symbol="ACME", price=1.5, quantity=1, limit=pb.LimitOrder())
    first, second = wire.to_order(request).id, wire.to_order(request).id
    assert first[:4] != second[:4]
    assert len(first) >= 16


def test_every_refusal_has_a_status() -> None:
    """No kind of refusal is without its gRPC status."""
    assert set(Refusal.__subclasses__()) == set(wire.STATUS)
