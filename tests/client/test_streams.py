"""Request and response streams: start, flow control and end."""

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from tests.client.harness import DepotProject
from tests.server.harness import until

pytestmark = pytest.mark.both_loops


async def sent_all(client: Any, method: str, source: Any) -> None:
    """Send all requests of a source, and read all responses."""
    if method == "put_all":
        await client.put_all(source)
    else:
        async for _ in client.talk(source):
            pass


async def sent_for_ever(talk: Any, what: str = "x") -> None:
    """Send until it raises."""
    while True:
        await talk.send(what=what)


@pytest.mark.parametrize("source", ["list", "generator", "async generator"])
@pytest.mark.parametrize("method", ["put_all", "talk"])
async def test_any_iterable_is_a_stream(depot: DepotProject, method: str, source: str) -> None:
    """A list, a generator, an async generator."""
    parcels = [depot.parcel(what="on") for _ in range(3)]

    async def later() -> AsyncIterator[Any]:
        for parcel in parcels:
            yield parcel

    given = {"list": parcels, "generator": (parcel for parcel in parcels), "async generator": later()}[source]
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        if method == "put_all":
            assert (await client.put_all(given)).count == 3
        else:
            assert [reply.text async for reply in client.talk(given)] == ["on"] * 3


@pytest.mark.parametrize("method", ["put_all", "talk"])
async def test_a_source_that_fails(depot: DepotProject, method: str) -> None:
    """Its own exception comes out, and the service does not take the half for the whole."""

    async def broken() -> AsyncIterator[Any]:
        yield depot.parcel(what="on")
        raise LookupError("the file is gone")

    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        with pytest.raises(LookupError, match="the file is gone"):
            await sent_all(client, method, broken())


@pytest.mark.parametrize("method", ["put_all", "talk"])
async def test_a_status_that_meets_a_request_on_its_way(depot: DepotProject, method: str) -> None:
    """A service that ends a call while requests are being written: its status arrives, not INTERNAL."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}", breaker=None) as client:
        many = [depot.parcel(what="missing"), *(depot.parcel(what="on") for _ in range(300))]
        for _ in range(20):
            with pytest.raises(depot.errors.NotFound):
                await sent_all(client, method, many)


async def test_a_service_that_answers_early(depot: DepotProject) -> None:
    """An early response ends the call, even if the source of requests is endless."""
    closed = []

    async def endless() -> AsyncIterator[Any]:
        try:
            yield depot.parcel(what="enough")
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        assert (await client.put_all(endless(), timeout=5)).text == "enough"
        await until(lambda: bool(closed))


async def test_a_source_is_not_read_ahead(depot: DepotProject) -> None:
    """A service that does not read holds its caller back: memory is bounded by HTTP/2's window."""
    taken, held = 0, -1

    async def endless() -> AsyncIterator[Any]:
        nonlocal taken
        yield depot.parcel(what="sleep", number=60)
        while True:
            taken += 1
            yield depot.parcel(load=bytes(100_000))

    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        upload = asyncio.create_task(client.put_all(endless(), timeout=60))
        # Wait until the source is paused; without flow control it would be read until memory is exhausted.
        while taken != held or not taken:
            held = taken
            await asyncio.sleep(0.3)
            assert taken < 1000
        upload.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upload


async def test_a_slow_reader_is_not_overrun(depot: DepotProject) -> None:
    """Responses wait at the service until the client reads them, and batches return them in lists."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        sizes = [len(batch) async for batch in client.watch(number=250, what="x").batches(100, within=30)]
        assert sizes == [100, 100, 51]
        failing = client.watch(number=3, what="missing").batches(100)
        assert len(await anext(failing)) == 3
        with pytest.raises(depot.errors.NotFound):
            await anext(failing)


async def test_a_batch_does_not_wait_for_ever(depot: DepotProject) -> None:
    """A batch returns the received responses when its time is over, and no response is lost."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        batches = client.watch(number=2, what="sleep").batches(10, within=1)
        async with depot.client(f"127.0.0.1:{port}") as other:
            await other.find(what="x")
        assert [receipt.count for receipt in await anext(batches)] == [0, 1]


async def test_a_conversation(depot: DepotProject) -> None:
    """Requests and responses alternate; after ``close_send()`` responses still arrive."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client, client.talk() as talk:
        for word in ("a", "b"):
            await talk.send(what=word)
            assert (await anext(talk)).text == word
        await talk.send(what="c")
        await talk.close_send()
        with pytest.raises(RuntimeError, match=r"after close_send\(\)"):
            await talk.send(what="d")
        assert [reply.text async for reply in talk] == ["c"]


async def test_a_conversation_that_the_service_has_ended(depot: DepotProject) -> None:
    """Sending into it raises what the service ended it with: its error, or EOFError."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        for words, error in (("missing", depot.errors.NotFound), ("bye", EOFError)):
            async with client.talk() as talk:
                await talk.send(what=words)
                await asyncio.sleep(0.1)
                with pytest.raises(error):
                    await sent_for_ever(talk)


async def test_a_reader_beside_a_sender(depot: DepotProject) -> None:
    """Each in a task of its own: both learn what the service has ended the conversation with."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client, client.talk() as talk:

        async def read() -> None:
            async for reply in talk:
                seen.append(reply.text)

        seen: list[str] = []
        reader = asyncio.create_task(read())
        await talk.send(what="a")
        with pytest.raises(depot.errors.NotFound):
            await sent_for_ever(talk, "missing")
        with pytest.raises(depot.errors.NotFound):
            await reader
        assert seen == ["a"]
        metrics = client._rpcs["talk"].metrics
    assert [code.name for code in metrics.durations] == ["NOT_FOUND"]


async def test_a_stream_that_was_cut_off_does_not_look_finished(depot: DepotProject) -> None:
    """A read that timed out cancels the call; the next read raises instead of ending the stream."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        responses = client.talk([depot.parcel(what="sleep", number=5)])
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(responses), 0.1)
        with pytest.raises(depot.errors.Cancelled):
            await anext(responses)


async def test_the_first_operation_starts_a_bidi_stream(depot: DepotProject) -> None:
    """A reader and a sender at once, while credentials take their time: one call."""

    async def fetch() -> str:
        await asyncio.sleep(0.1)
        return "token"

    token = depot.module("runtime.client").Token(fetch)
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}", auth=token) as client:
        talk = client.talk()
        reply, _ = await asyncio.gather(anext(talk), talk.send(what="a"))
        assert reply.text == "a"
        assert client._rpcs["talk"].metrics.running == 1
        talk.cancel()


async def test_a_stream_that_is_left(depot: DepotProject) -> None:
    """A stream abandoned by ``break``, ``cancel()`` or garbage collection is cancelled at the service too."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        metrics = client._rpcs["watch"].metrics
        async for _ in client.watch(number=1_000_000):
            break
        async with client.watch(number=1_000_000) as stream:
            await anext(stream)
        stream = client.watch(number=1_000_000)
        await anext(stream)
        del stream
        gc.collect()
        client.watch(number=1_000_000)
        assert metrics.running == 0
        assert sum(metrics.durations[grpc.StatusCode.CANCELLED].buckets) == 3
