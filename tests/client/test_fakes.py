"""The stand-in that other people's unit tests use."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.client.harness import DepotProject


def fake(depot: DepotProject) -> Any:
    """A stand-in for the depot."""
    return depot.module("runtime.client").Fake(depot.module("gen.clients").DepotClient)


async def test_replies_and_errors_in_turn(depot: DepotProject) -> None:
    """One call after the other; the last goes for all that follow. What was asked is kept."""
    receipt, errors = depot.receipt, depot.errors
    stand_in = fake(depot).on("put", receipt(text="one"), errors.NotFound("parcel", 7), receipt(text="on"))
    async with stand_in.client() as client:
        assert (await client.put(what="a", timeout=3)).text == "one"
        with pytest.raises(errors.NotFound) as caught:
            await client.put(what="b")
        assert (caught.value.resource, caught.value.rpc) == ("parcel", "depot.v1.Depot/Put")
        assert [(await client.put(what="c")).text for _ in range(3)] == ["on"] * 3
    assert [(call.method, call.request.what) for call in stand_in.calls] == [("put", w) for w in "abccc"]
    assert 2.9 < stand_in.calls[0].timeout <= 3


async def test_functions(depot: DepotProject) -> None:
    """A function takes the request, or the requests, and may be async."""

    async def put_all(requests: AsyncIterator[Any]) -> Any:
        return depot.receipt(count=len([request async for request in requests]))

    async def talk(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for request in requests:
            if request.what == "bye":
                raise depot.errors.Unavailable("gone", retry_after=2)
            yield depot.receipt(text=request.what.upper())

    stand_in = fake(depot).on("find", lambda request: depot.receipt(text=request.what.upper()))
    stand_in.on("put_all", put_all).on("talk", talk)
    async with stand_in.client() as client:
        assert (await client.find(what="a")).text == "A"
        assert (await client.put_all([depot.parcel()] * 3)).count == 3
        async with client.talk() as conversation:
            await conversation.send(what="a")
            assert (await anext(conversation)).text == "A"
            await conversation.send(what="bye")
            with pytest.raises(depot.errors.Unavailable) as caught:
                await anext(conversation)
    assert caught.value.retry_after == 2


async def test_streams(depot: DepotProject) -> None:
    """A list is a stream of responses; an exception in it comes behind those ahead of it."""
    responses = [depot.receipt(count=1), depot.receipt(count=2), depot.errors.DataLoss("the rest is gone")]
    async with fake(depot).on("watch", responses).on("talk", responses[:2]).client() as client:
        stream = client.watch(what="x")
        assert [(await anext(stream)).count, (await anext(stream)).count] == [1, 2]
        with pytest.raises(depot.errors.DataLoss):
            await anext(stream)
        assert [reply.count async for reply in client.talk([depot.parcel()])] == [1, 2]


async def test_an_endless_sender_learns_of_the_end(depot: DepotProject) -> None:
    """Each request that is sent lets the fake have its turn; otherwise a loop of them would hang its test for ever."""
    async with fake(depot).on("talk", depot.errors.Aborted("enough")).client() as client, client.talk() as talk:
        sent: list[bool] = []
        with contextlib.suppress(depot.errors.Aborted):
            while len(sent) < 1000:
                await talk.send(depot.parcel())
                sent.append(True)
        assert len(sent) < 1000


async def test_deadlines_hold(depot: DepotProject) -> None:
    """A function that takes too long is cut off as a service would be."""

    async def forever(request: Any) -> Any:
        await asyncio.Event().wait()

    async with fake(depot).on("put", forever).client() as client:
        with pytest.raises(depot.errors.DeadlineExceeded):
            await client.put(what="x", timeout=0.05)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.put(what="x"), 0.05)


async def test_circuits_open(depot: DepotProject) -> None:
    """What a caller does about an open circuit can be tried out too."""
    options = depot.module("runtime.client").Options(breaker=depot.breaker(calls=2))
    stand_in = fake(depot).on("put", depot.errors.Unavailable("away"))
    async with stand_in.client(options=options) as client:
        for _ in range(2):
            with pytest.raises(depot.errors.Unavailable):
                await client.put(what="x")
        with pytest.raises(depot.module("runtime.client").CircuitOpen):
            await client.put(what="x")
    assert len(stand_in.calls) == 2


async def test_mistakes_of_a_test_are_seen_in_it(depot: DepotProject) -> None:
    """A method that there is not, one that has no answer, a wrong type, a bug in a function."""
    with pytest.raises(ValueError, match="unknown method 'putt': use one of put, find"):
        fake(depot).on("putt", depot.receipt())
    with pytest.raises(ValueError, match="at least one response"):
        fake(depot).on("put")

    def buggy(request: Any) -> Any:
        raise ZeroDivisionError

    stand_in = fake(depot).on("find", depot.parcel()).on("count", buggy).on("put_all", [])
    async with stand_in.client() as client:
        with pytest.raises(depot.errors.Unimplemented, match=r"fake\.on\('put', \.\.\.\)"):
            await client.put(what="x")
        with pytest.raises(TypeError, match=r"find returns depot\.v1\.Receipt, not Parcel"):
            await client.find(what="x")
        with pytest.raises(ZeroDivisionError):
            await client.count(what="x")
        with pytest.raises(TypeError, match="got none"):
            await client.put_all([])


def test_without_async(depot: DepotProject) -> None:
    """The same for the client without async."""
    with fake(depot).on("put", depot.receipt(text="one")).on("watch", [depot.receipt(count=1)]).sync() as client:
        assert client.put(what="x").text == "one"
        assert [reply.count for reply in client.watch(what="x")] == [1]
