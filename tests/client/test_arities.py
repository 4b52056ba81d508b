"""Every concern of a call, for each of the four kinds of method."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest

from tests.client.depot import Depot
from tests.client.proxy import proxied
from tests.server.laboratory import until

Call = Callable[..., Awaitable[Any]]


async def unary(client: Any, parcel: Any, **choices: Any) -> Any:
    """One request, one reply."""
    return await client.put(parcel, **choices)


async def replies(client: Any, parcel: Any, **choices: Any) -> Any:
    """The last of a stream of replies."""
    async for reply in client.watch(parcel, **choices):
        last = reply
    return last


async def requests(client: Any, parcel: Any, **choices: Any) -> Any:
    """The reply to a stream of requests."""
    return await client.put_all([parcel], **choices)


async def conversation(client: Any, parcel: Any, **choices: Any) -> Any:
    """The reply to one request of a conversation."""
    async with client.talk(**choices) as talk:
        await talk.send(parcel)
        return await anext(talk)


KINDS = {"put": unary, "watch": replies, "put_all": requests, "talk": conversation}
RPC = {"put": "Put", "watch": "Watch", "put_all": "PutAll", "talk": "Talk"}


async def sent_all(client: Any, method: str, source: Any) -> None:
    """Send what a source gives, and read all replies."""
    if method == "put_all":
        await client.put_all(source)
    else:
        async for _ in client.talk(source):
            pass


async def sent_for_ever(talk: Any) -> None:
    """Send until it raises."""
    while True:
        await talk.send(what="x")


each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
async def test_an_answer(depot: Depot, kind: str) -> None:
    """What the service answers comes back."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        assert (await KINDS[kind](client, depot.parcel(what="hello"))).text == "hello"


@each_kind
async def test_an_error_keeps_its_class(depot: Depot, kind: str) -> None:
    """``except NotFound as e: e.resource``, and where it is from."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        with pytest.raises(depot.errors.NotFound) as caught:
            await KINDS[kind](client, depot.parcel(what="missing"))
    error = caught.value
    assert (error.resource, error.name, error.message) == ("parcel", "7", "parcel 7 was not found")
    assert error.rpc == f"depot.v1.Depot/{RPC[kind]}"
    assert isinstance(error.__cause__, grpc.aio.AioRpcError)


@each_kind
async def test_a_deadline(depot: Depot, kind: str) -> None:
    """A call ends when its time is over, and not before; the table of faults shows how exactly."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        await KINDS[kind](client, depot.parcel(what="warm"))
        started = time.monotonic()
        with pytest.raises(depot.errors.DeadlineExceeded):
            await KINDS[kind](client, depot.parcel(what="sleep", number=5), timeout=0.3)
        assert 0.29 < time.monotonic() - started < 4


@each_kind
async def test_metadata_of_ones_own(depot: Depot, kind: str) -> None:
    """Text and bytes arrive as they were given."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        given = [("colour", "red"), ("shape-bin", b"\x00\xff")]
        seen = (await KINDS[kind](client, depot.parcel(what="metadata"), metadata=given)).text
    assert "colour='red'" in seen
    assert r"shape-bin=b'\x00\xff'" in seen


@each_kind
async def test_compression_of_one_call(depot: Depot, kind: str) -> None:
    """A call says how its requests are packed; others are sent as they are."""
    async with depot.running() as port, proxied(port) as proxy, depot.client(proxy.address) as client:
        sizes = []
        for compression in (None, grpc.Compression.Gzip):
            before = proxy.requested
            await KINDS[kind](client, depot.parcel(what="hello", load=bytes(50_000)), compression=compression)
            sizes.append(proxy.requested - before)
    assert sizes[0] > 50_000 > 5_000 > sizes[1]


@each_kind
async def test_credentials(depot: Depot, kind: str) -> None:
    """A token is fetched for every call, by a function or a coroutine."""
    credentials = depot.module("client.credentials")
    tokens = iter(["one", "two"])

    async def fetch() -> str:
        return next(tokens)

    async with (
        depot.running() as port,
        depot.client(f"127.0.0.1:{port}", auth=credentials.Token(fetch)) as client,
    ):
        for token in ("one", "two"):
            seen = (await KINDS[kind](client, depot.parcel(what="metadata"))).text
            assert f"authorization='Bearer {token}'" in seen


@each_kind
async def test_the_request_id_goes_onward(depot: Depot, kind: str) -> None:
    """A call made by a handler carries the request id, and the trace, of the call it is part of."""
    call = depot.module("interceptors.call")
    trace = ("traceparent", "00-aa-bb-01"), ("tracestate", "x=y")
    call.CALL.set(call.Call("/s/m", (("x-request-id", "the-id"), *trace, ("cookie", "secret"))))
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        seen = (await KINDS[kind](client, depot.parcel(what="metadata"))).text
    assert {"x-request-id='the-id'", "traceparent='00-aa-bb-01'", "tracestate='x=y'"} <= set(seen.splitlines())
    assert "secret" not in seen


@each_kind
async def test_a_circuit(depot: Depot, kind: str) -> None:
    """It opens when calls fail, refuses the next at once, and lets other methods pass."""
    changes: list[Any] = []
    policy = depot.breaker(calls=3, pause=60)
    async with (
        depot.running() as port,
        depot.client(f"127.0.0.1:{port}", breaker=policy, listeners=(changes.append,)) as client,
    ):
        for _ in range(3):
            with pytest.raises(depot.errors.Internal):
                await KINDS[kind](client, depot.parcel(what="internal"))
        with pytest.raises(depot.module("client.breaker").CircuitOpen, match="keeps failing") as caught:
            await KINDS[kind](client, depot.parcel(what="hello"))
        assert 60 < caught.value.retry_after + 1 < 68
        assert (await client.find(what="hello")).text == "hello"
    assert [(change.rpc, change.after.value) for change in changes] == [(f"depot.v1.Depot/{RPC[kind]}", "open")]


@each_kind
async def test_a_caller_who_leaves_tells_nothing_about_the_service(depot: Depot, kind: str) -> None:
    """Cancelled calls are no failures, and leave nothing behind."""
    async with (
        depot.running() as port,
        depot.client(f"127.0.0.1:{port}", breaker=depot.breaker(calls=2)) as client,
    ):
        metrics = client._rpcs[kind].metrics
        for _ in range(5):
            work = KINDS[kind](client, depot.parcel(what="sleep", number=5))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(work, 0.05)
        assert metrics.running == 0
        assert sum(metrics.durations[grpc.StatusCode.CANCELLED].buckets) == 5
        assert (await KINDS[kind](client, depot.parcel(what="hello"))).text == "hello"


@each_kind
async def test_numbers(depot: Depot, kind: str) -> None:
    """Each call is counted with the status that it ended with."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        await KINDS[kind](client, depot.parcel(what="hello"))
        with pytest.raises(depot.errors.NotFound):
            await KINDS[kind](client, depot.parcel(what="missing"))
        metrics = client._rpcs[kind].metrics
        counts = {code.name: sum(durations.buckets) for code, durations in metrics.durations.items()}
        gc.collect()
    # A conversation that its caller leaves before it has ended is cancelled.
    first = "CANCELLED" if kind == "talk" else "OK"
    assert counts == {first: 1, "NOT_FOUND": 1}
    assert metrics.running == 0


@each_kind
async def test_a_client_that_is_closed_during_a_call(depot: Depot, kind: str) -> None:
    """The call ends with Cancelled: its caller was not cancelled, and must not think so."""
    async with depot.running() as port:
        client = depot.client(f"127.0.0.1:{port}")
        before = len(depot.calls)
        work = asyncio.create_task(
            asyncio.wait_for(KINDS[kind](client, depot.parcel(what="sleep", number=5)), timeout=10)
        )
        await until(lambda: len(depot.calls) > before)
        await client.close()
        await client.close()
        with pytest.raises(depot.errors.Cancelled, match="closed"):
            await work
        with pytest.raises(RuntimeError, match="the client is closed"):
            await KINDS[kind](client, depot.parcel(what="hello"))


@each_kind
async def test_what_cannot_be_sent(depot: Depot, kind: str) -> None:
    """A request of another type is refused by name, ahead of any call."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        with pytest.raises(TypeError, match=f"{kind} takes depot.v1.Parcel, not Receipt"):
            await KINDS[kind](client, depot.receipt())
        assert client._rpcs[kind].metrics.running == 0


async def test_requests_may_be_fields(depot: Depot) -> None:
    """A message or its fields, not both; a field that there is not is named."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        assert (await client.put(what="hello")).text == "hello"
        assert [reply.count async for reply in client.watch(number=2, what="x")][:2] == [0, 1]
        with pytest.raises(TypeError, match="not both"):
            await client.put(depot.parcel(), what="x")
        with pytest.raises(ValueError, match='no "wat" field'):
            await client.put(wat="x")


@pytest.mark.parametrize("source", ["list", "generator", "async generator"])
@pytest.mark.parametrize("method", ["put_all", "talk"])
async def test_any_iterable_is_a_stream(depot: Depot, method: str, source: str) -> None:
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
async def test_a_source_that_fails(depot: Depot, method: str) -> None:
    """Its own exception comes out, and the service does not take the half for the whole."""

    async def broken() -> AsyncIterator[Any]:
        yield depot.parcel(what="on")
        raise LookupError("the file is gone")

    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        with pytest.raises(LookupError, match="the file is gone"):
            await sent_all(client, method, broken())


@pytest.mark.parametrize("method", ["put_all", "talk"])
async def test_a_status_that_meets_a_request_on_its_way(depot: Depot, method: str) -> None:
    """A service that ends a call while requests are being written: its status arrives, not INTERNAL."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}", breaker=None) as client:
        many = [depot.parcel(what="missing"), *(depot.parcel(what="on") for _ in range(300))]
        for _ in range(20):
            with pytest.raises(depot.errors.NotFound):
                await sent_all(client, method, many)


async def test_a_service_that_answers_early(depot: Depot) -> None:
    """The reply counts, however long the source would have gone on."""
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


async def test_a_source_is_not_read_ahead(depot: Depot) -> None:
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
        # Until it stands still: were there no end to it, it would be taken up to the last byte of memory.
        while taken != held:
            held = taken
            await asyncio.sleep(0.3)
            assert taken < 1000
        upload.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upload
    assert taken > 0


async def test_a_slow_reader_is_not_overrun(depot: Depot) -> None:
    """Replies wait at the service until they are wanted, and batches hand them out in lists."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        sizes = [len(batch) async for batch in client.watch(number=250, what="x").batches(100, within=30)]
        assert sizes == [100, 100, 51]
        failing = client.watch(number=3, what="missing").batches(100)
        assert len(await anext(failing)) == 3
        with pytest.raises(depot.errors.NotFound):
            await anext(failing)


async def test_a_batch_does_not_wait_for_ever(depot: Depot) -> None:
    """What has come is handed out when its time is over, and no reply is lost by that."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        batches = client.watch(number=2, what="sleep").batches(10, within=1)
        async with depot.client(f"127.0.0.1:{port}") as other:
            await other.find(what="x")
        assert [receipt.count for receipt in await anext(batches)] == [0, 1]


async def test_a_conversation(depot: Depot) -> None:
    """Requests and replies in turns; done() ends one side, and replies still come."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client, client.talk() as talk:
        for word in ("a", "b"):
            await talk.send(what=word)
            assert (await anext(talk)).text == word
        await talk.send(what="c")
        await talk.done()
        with pytest.raises(RuntimeError, match=r"after done\(\)"):
            await talk.send(what="d")
        assert [reply.text async for reply in talk] == ["c"]


async def test_a_conversation_that_the_service_has_ended(depot: Depot) -> None:
    """Sending into it raises what the service ended it with: its error, or EOFError."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        for words, error in (("missing", depot.errors.NotFound), ("bye", EOFError)):
            async with client.talk() as talk:
                await talk.send(what=words)
                await asyncio.sleep(0.1)
                with pytest.raises(error):
                    await sent_for_ever(talk)


async def test_a_reader_beside_a_sender(depot: Depot) -> None:
    """Each in a task of its own: both learn what the service has ended the conversation with."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client, client.talk() as talk:

        async def read() -> None:
            async for reply in talk:
                seen.append(reply.text)

        seen: list[str] = []
        reader = asyncio.create_task(read())
        await talk.send(what="a")
        await talk.send(what="missing")
        await asyncio.sleep(0.05)
        with pytest.raises(depot.errors.NotFound):
            await sent_for_ever(talk)
        with pytest.raises(depot.errors.NotFound):
            await reader
        assert seen == ["a"]
        metrics = client._rpcs["talk"].metrics
    assert [code.name for code in metrics.durations] == ["NOT_FOUND"]


async def test_a_stream_that_was_cut_off_does_not_look_finished(depot: Depot) -> None:
    """A reader that gave up waiting has ended the call: it is told so, instead of that there is no more."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        replies = client.talk([depot.parcel(what="sleep", number=5)])
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(replies), 0.1)
        with pytest.raises(depot.errors.Cancelled):
            await anext(replies)


async def test_whoever_comes_first_starts_a_conversation(depot: Depot) -> None:
    """A reader and a sender at once, while credentials take their time: one call."""

    async def fetch() -> str:
        await asyncio.sleep(0.1)
        return "token"

    token = depot.module("client.credentials").Token(fetch)
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}", auth=token) as client:
        talk = client.talk()
        reply, _ = await asyncio.gather(anext(talk), talk.send(what="a"))
        assert reply.text == "a"
        assert client._rpcs["talk"].metrics.running == 1
        talk.cancel()


async def test_a_stream_that_is_left(depot: Depot) -> None:
    """By break, by cancel, by forgetting it: the service is told, and nothing is left."""
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
