"""Tests of market.v1.Orders. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
import pytest

from market.errors import FailedPrecondition, NotFound, SoldOut
from market.gen.clients import OrdersClient
from market.gen.market.v1 import orders_pb2
from market.handlers.orders import Orders
from market.ledger import Ledger

from ..calls import TILL
from ..messages import sample


@pytest.fixture
def handlers(ledger: Ledger) -> Sequence[object]:
    """Mine: they write into a ledger that tests can read."""
    return [Orders(ledger)]


async def test_place(channel: grpc.aio.Channel, ledger: Ledger) -> None:
    """Mine: what was placed stands in the ledger."""
    client = OrdersClient(channel)
    request = sample(orders_pb2.PlaceRequest)
    reply = await client.place(request, timeout=5)
    assert ledger.find("EUR-1") == reply  # mine


async def test_get(channel: grpc.aio.Channel, ledger: Ledger) -> None:
    """Mine: an order is found by its id, also by tills that are not too old."""
    client = OrdersClient(channel)
    placed = ledger.place(sample(orders_pb2.PlaceRequest).lines)
    assert await client.get(id=placed.id, metadata=TILL) == placed  # mine
    with pytest.raises(NotFound):
        await client.get(id="made up")
    with pytest.raises(FailedPrecondition, match="till 2 is too old"):  # mine
        await client.get(id=placed.id, metadata=[("x-till-version", "2")])


def test_more_than_there_is(ledger: Ledger) -> None:
    """Mine: what is left is told."""
    lines = sample(orders_pb2.PlaceRequest).lines
    lines[0].quantity = 5000
    with pytest.raises(SoldOut) as caught:
        ledger.place(lines)
    assert caught.value.left == 1000  # mine


async def test_watch(channel: grpc.aio.Channel) -> None:
    """Watch answers. TODO(you): say what it has to answer."""
    client = OrdersClient(channel)
    request = sample(orders_pb2.GetRequest)
    async for reply in client.watch(request, timeout=5):
        assert reply.IsInitialized()
        break
