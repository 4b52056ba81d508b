"""Tests of what this service has of its own. Mine, with the helpers of the generated ones."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest

from market.client.fakes import Fake
from market.errors import ResourceExhausted
from market.gen.clients import OrdersClient
from market.interceptors.call import request_id
from market.interceptors.shops import shop
from market.server.context import Context
from market.server.health import LIVENESS
from market.server.lifecycle import Running
from market.settings import Settings
from market.till import buy

from .calls import METHODS, TILL, Method, call
from .gen.house import ECHO, Stall, house, until, word
from .messages import sample
from .service import Callers, connected, quick, reaching, serving, stand_ins

Code = grpc.StatusCode


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.path)
async def test_only_our_shops_may_call(method: Method) -> None:
    """Mine: the others are refused ahead of the handler, whatever the method."""
    async with reaching(quick(), stand_ins()) as channel:
        end = await call(channel, method, sample(method.request), metadata=TILL)
        assert end.is_accepted  # mine
        other = await call(channel, method, sample(method.request), metadata=[("x-shop", "moon")])
        assert (other.code, other.details) == (Code.PERMISSION_DENIED, "there is no such shop")


async def test_a_handler_knows_the_shop() -> None:
    """Mine: it is the one of the call in progress, as the request id is."""

    async def tell(_: Context) -> str:
        return f"{shop()} {request_id()}"  # mine

    async with house(quick(), ECHO, deeds={"where": tell}) as here:
        metadata = [("x-shop", "harbour"), ("x-request-id", "r-1")]
        end = await here.call(ECHO, "where", metadata=metadata)
        assert end.replies == (word("harbour r-1"),)  # mine
    assert shop() == ""


async def test_a_shop_that_has_closed(callers: Callers) -> None:
    """Mine: its key is known, and not good any more."""
    key = callers.add("retired-harbour", ["customer", "warehouse"])
    async with reaching(callers.settings, stand_ins()) as channel:
        end = await call(channel, METHODS[0], sample(METHODS[0].request), metadata=key)
    assert (end.code, end.details) == (Code.UNAUTHENTICATED, "the shop has closed")  # mine


async def test_calls_at_once() -> None:
    """Mine: a slow till keeps no other from being served."""
    stall = Stall()
    async with house(quick(), ECHO, deeds={"stay": stall}) as here:
        waiting = asyncio.ensure_future(here.call(ECHO, "stay"))
        await until(lambda: stall.calls)
        assert (await here.call(ECHO, "go")).code is Code.OK  # mine
        stall.let_go()
        assert (await waiting).replies == (word("went on"),)


async def test_a_till(server: Running) -> None:
    """Mine: it shows the number of the order, or what the service says."""
    async with OrdersClient(f"127.0.0.1:{server.port}") as orders:
        assert await buy(orders, "ACME") == "EUR-1"  # mine
    fake = Fake(OrdersClient)
    fake.on("place", ResourceExhausted("not so fast"))
    async with fake.client() as orders:
        assert await buy(orders, "ACME") == "try again: not so fast"  # mine


async def test_it_is_serving(server: Running) -> None:
    """Mine: with all that app.py opens."""
    async with connected(server) as channel:
        raw: Any = channel.unary_unary("/grpc.health.v1.Health/Check")
        assert await raw(b"", timeout=5) == b"\x08\x01"  # mine
        assert await raw(b"\x0a\x08" + LIVENESS.encode(), timeout=5) == b"\x08\x01"


async def test_settings_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mine: they come from the environment, as all do."""
    monkeypatch.setenv("MARKET_SHOPS", "main, quay")
    assert Settings().market_shops == ("main", "quay")  # mine
    with pytest.raises(ValueError, match="three capital letters"):
        quick(market_currency="euro")
    async with serving(quick(market_currency="USD")) as now:
        assert now.port  # mine
