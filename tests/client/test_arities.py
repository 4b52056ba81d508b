"""Everything around a call, for each of the four kinds of method."""

import asyncio
import gc
import time
from typing import Any

import grpc
import pytest

from tests.client.harness import DepotProject
from tests.client.kinds import KINDS, RPC, each_kind
from tests.client.proxy import proxied
from tests.server.harness import until

pytestmark = pytest.mark.both_loops


@each_kind
async def test_an_answer(depot: DepotProject, kind: str) -> None:
    """What the service answers comes back."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        assert (await KINDS[kind](client, depot.parcel(what="hello"))).text == "hello"


@each_kind
async def test_an_error_keeps_its_class(depot: DepotProject, kind: str) -> None:
    """``except NotFound as e: e.resource``, and where it is from."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        with pytest.raises(depot.errors.NotFound) as caught:
            await KINDS[kind](client, depot.parcel(what="missing"))
    error = caught.value
    assert (error.resource, error.name, error.message) == ("parcel", "7", "parcel 7 was not found")
    assert error.rpc == f"depot.v1.Depot/{RPC[kind]}"
    assert isinstance(error.__cause__, grpc.aio.AioRpcError)


@each_kind
async def test_a_deadline(depot: DepotProject, kind: str) -> None:
    """A call ends when its time is over, and not before; the table of faults shows how exactly."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        await KINDS[kind](client, depot.parcel(what="warm"))
        started = time.monotonic()
        with pytest.raises(depot.errors.DeadlineExceeded):
            await KINDS[kind](client, depot.parcel(what="sleep", number=5), timeout=0.3)
        assert 0.29 < time.monotonic() - started < 4


@each_kind
async def test_metadata_of_ones_own(depot: DepotProject, kind: str) -> None:
    """Text and bytes arrive as they were given."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        given = [("colour", "red"), ("shape-bin", b"\x00\xff")]
        seen = (await KINDS[kind](client, depot.parcel(what="metadata"), metadata=given)).text
    assert "colour='red'" in seen
    assert r"shape-bin=b'\x00\xff'" in seen


@each_kind
async def test_compression_of_one_call(depot: DepotProject, kind: str) -> None:
    """A call says how its requests are packed; others are sent as they are."""
    async with depot.running() as port, proxied(port) as proxy, depot.client(proxy.address) as client:
        sizes = []
        for compression in (None, grpc.Compression.Gzip):
            before = proxy.requested
            await KINDS[kind](client, depot.parcel(what="hello", load=bytes(50_000)), compression=compression)
            sizes.append(proxy.requested - before)
    assert sizes[0] > 50_000 > 5_000 > sizes[1]


@each_kind
async def test_credentials(depot: DepotProject, kind: str) -> None:
    """A token is fetched for every call, by a function or a coroutine."""
    credentials = depot.module("runtime.client")
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
async def test_the_request_id_goes_onward(depot: DepotProject, kind: str) -> None:
    """A call made by a handler carries the request id, and the trace, of the call it is part of."""
    call = depot.module("runtime.core.call")
    trace = ("traceparent", "00-aa-bb-01"), ("tracestate", "x=y")
    call.CALL.set(call.ServerCall("/s/m", (("x-request-id", "the-id"), *trace, ("cookie", "secret"))))
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        seen = (await KINDS[kind](client, depot.parcel(what="metadata"))).text
    assert {"x-request-id='the-id'", "traceparent='00-aa-bb-01'", "tracestate='x=y'"} <= set(seen.splitlines())
    assert "secret" not in seen


@each_kind
async def test_a_circuit(depot: DepotProject, kind: str) -> None:
    """It opens when calls fail, refuses the next at once, and lets other methods pass."""
    changes: list[Any] = []
    policy = depot.breaker(calls=3, pause=60)
    async with (
        depot.running() as port,
        depot.client(f"127.0.0.1:{port}", breaker=policy, breaker_listeners=(changes.append,)) as client,
    ):
        for _ in range(3):
            with pytest.raises(depot.errors.Internal):
                await KINDS[kind](client, depot.parcel(what="internal"))
        with pytest.raises(depot.module("runtime.client").CircuitOpen, match="keeps failing") as caught:
            await KINDS[kind](client, depot.parcel(what="hello"))
        assert 60 < caught.value.retry_after + 1 < 68
        assert (await client.find(what="hello")).text == "hello"
    assert [(change.rpc, change.after.value) for change in changes] == [(f"depot.v1.Depot/{RPC[kind]}", "open")]


@each_kind
async def test_a_caller_who_leaves_tells_nothing_about_the_service(depot: DepotProject, kind: str) -> None:
    """Cancelled calls do not count as failures, and leave no tasks."""
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
async def test_numbers(depot: DepotProject, kind: str) -> None:
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
async def test_a_client_that_is_closed_during_a_call(depot: DepotProject, kind: str) -> None:
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
async def test_what_cannot_be_sent(depot: DepotProject, kind: str) -> None:
    """A request of another type is refused by name, ahead of any call."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        with pytest.raises(TypeError, match=f"{kind} takes depot.v1.Parcel, not Receipt"):
            await KINDS[kind](client, depot.receipt())
        assert client._rpcs[kind].metrics.running == 0


async def test_requests_may_be_fields(depot: DepotProject) -> None:
    """A message or its fields, not both; a field that there is not is named."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        assert (await client.put(what="hello")).text == "hello"
        assert [reply.count async for reply in client.watch(number=2, what="x")][:2] == [0, 1]
        with pytest.raises(TypeError, match="not both"):
            await client.put(depot.parcel(), what="x")
        with pytest.raises(ValueError, match='no "wat" field'):
            await client.put(wat="x")
