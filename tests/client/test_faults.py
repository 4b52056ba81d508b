"""What a user of the client sees when the network or the service fails: one table, with counts.

`make client-faults` writes it to build/client-faults.md; docs/faults.md shows and explains it.
"""

import asyncio
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from prometheus_client import REGISTRY

from tests.client.harness import DepotProject
from tests.client.kinds import KINDS
from tests.client.outcomes import AT_ONCE, TRIALS, Outcome
from tests.client.proxy import Proxy, proxied
from tests.client.table import Table

SHORT, LONG = 0.25, 30.0
"""Seconds until the deadline: one that is to be met, and one that is far away."""


def _reset_once(proxy: Proxy) -> None:
    proxy.resets = 1


def _close_once(proxy: Proxy) -> None:
    proxy.half_closes = 1


def _slow(proxy: Proxy) -> None:
    proxy.delay = 0.02


def _far(proxy: Proxy) -> None:
    proxy.delay = 1


def _narrow(proxy: Proxy) -> None:
    proxy.rate = 20_000


def _silent(proxy: Proxy) -> None:
    proxy.drop = True


def _broken(proxy: Proxy) -> None:
    proxy.resets = 10_000


def _nothing(proxy: Proxy) -> None:
    """All is well."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong, and what comes of the calls of a method."""

    name: str
    method: str
    ends: dict[str, int]
    why: str
    begin: Callable[[Proxy], None] = _nothing
    """Before the first call."""
    each: Callable[[Proxy], None] | None = None
    """Before every call, which come one after the other then; None: many at once."""
    timeout: float = LONG
    attempts: int | None = None
    """How many go out at most, gRPC's own retries among them; fewer where some meet a connection that just broke."""
    seen: int | None = None
    """How many of them the service sees."""
    parcel: dict[str, Any] = field(default_factory=lambda: {"what": "hello"})

    def __str__(self) -> str:
        return f"{self.name}-{self.method}"


OK, GONE, LATE = {"OK": 20}, {"Unavailable": 20}, {"DeadlineExceeded": 40}
FLAKY, LARGE, SLEEP = {"what": "flaky", "number": 1}, {"load": bytes(99_999)}, {"what": "sleep", "number": 9}

FAULTS = (
    Fault("none", "put", OK, "the usual case", attempts=20, seen=20),
    Fault("slow network", "put", OK, "late, and in time", _slow, attempts=20, seen=20),
    Fault("reset", "find", OK, "idempotent: tried again", each=_reset_once, attempts=40, seen=20),
    Fault("reset", "put", GONE, "not idempotent: only its caller knows", each=_reset_once, attempts=20, seen=0),
    Fault("reset", "watch", GONE, "not idempotent", each=_reset_once, attempts=20, seen=0),
    Fault("reset", "put_all", GONE, "not idempotent", each=_reset_once, attempts=20, seen=0),
    Fault("reset", "talk", GONE, "not idempotent", each=_reset_once, attempts=20, seen=0),
    Fault("half-closed", "find", OK, "idempotent: tried again", each=_close_once, attempts=40, seen=20),
    Fault("half-closed", "put", GONE, "not idempotent", each=_close_once, attempts=20, seen=0),
    Fault("resets for ever", "find", GONE, "given up after three attempts", _broken, _nothing, attempts=60, seen=0),
    Fault(
        "unavailable once", "find", OK, "the service says so itself: tried again", attempts=40, seen=40, parcel=FLAKY
    ),
    Fault("too far", "put", LATE, "no answer in time", _far, timeout=SHORT),
    Fault("throttled", "put", LATE, "too slow for what is sent", _narrow, timeout=SHORT, parcel=LARGE),
    Fault("slow service", "put", LATE, "no answer in time", timeout=SHORT, parcel=SLEEP),
    Fault("silence", "put", LATE, "nothing comes back", _silent, timeout=SHORT),
    Fault("silence", "watch", LATE, "nothing comes back", _silent, timeout=SHORT),
    Fault("silence", "put_all", LATE, "nothing comes back", _silent, timeout=SHORT),
    Fault("silence", "talk", LATE, "nothing comes back", _silent, timeout=SHORT),
    Fault("silence", "find", {**LATE, "CircuitOpen": 60}, "40 fail, and 60 at once", _silent, timeout=SHORT),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_the_outcome_that_a_user_wants(depot: DepotProject, table: Table, fault: Fault) -> None:
    """Retried where that is safe, failed fast where it is not, and never behind the deadline."""
    for _ in range(TRIALS):
        outcome, seen = await happens(depot, fault)
        assert dict(outcome.ends) == fault.ends
        if outcome.certain:
            break
    table.add(fault.name, fault.method, outcome)
    assert outcome.certain, f"kept {outcome.kept} of {len(outcome.overruns)}; beside them {outcome.others}"
    assert fault.attempts is None or (outcome.attempts or 0) <= fault.attempts
    assert fault.seen in (None, seen)
    assert outcome.refusal < 0.005


async def happens(depot: DepotProject, fault: Fault) -> tuple[Outcome, int]:
    """Let it happen once, and make the calls; returns what came of them, and how many the service has seen."""
    outcome = Outcome()
    async with (
        depot.running() as port,
        proxied(port) as proxy,
        depot.client(proxy.address, outlier_detection=False, breaker=depot.breaker(calls=40, pause=60)) as client,
        grpc.aio.insecure_channel(proxy.address) as plain,
    ):
        parcel = depot.parcel(**fault.parcel)
        stub: Any = plain.unary_unary("/depot.v1.Depot/Put")
        await asyncio.gather(client.count(what="warm", timeout=LONG), stub(b""))

        def call() -> Any:
            kind = KINDS.get(fault.method)
            return kind(client, parcel, timeout=fault.timeout) if kind else client.find(parcel, timeout=fault.timeout)

        def bare() -> Any:
            return stub(parcel.SerializeToString(), timeout=fault.timeout)

        before, proxy.attempts = len(depot.calls), 0
        fault.begin(proxy)
        while outcome.calls < sum(fault.ends.values()):
            if fault.each is not None:
                fault.each(proxy)
                await outcome.take(call, fault.timeout)
            elif fault.timeout == LONG:
                await outcome.take(call, fault.timeout, number=AT_ONCE)
            else:
                await outcome.take(call, fault.timeout, bare, AT_ONCE)
        if fault.attempts is not None:
            outcome.attempts = proxy.attempts
        return outcome, len(depot.calls) - before


@pytest.mark.parametrize("method", ["watch", "talk"])
async def test_a_stream_that_breaks_does_not_look_finished(depot: DepotProject, method: str) -> None:
    """The client yields the received responses and then raises the error, so that the stream does not look complete."""
    async with depot.running() as port, proxied(port) as proxy, depot.client(proxy.address) as client:
        parcel = depot.parcel(what="sleep", number=1)
        call = client.watch(depot.parcel(number=1, what="sleep")) if method == "watch" else client.talk([parcel] * 2)
        assert (await anext(call)).count >= 0
        proxy.cut()
        with pytest.raises(depot.errors.Unavailable):
            await anext(call)


async def test_no_server_listens(depot: DepotProject) -> None:
    """Fails at once instead of at the deadline, retries included."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with depot.client(f"127.0.0.1:{taken.getsockname()[1]}") as client:
            started = time.monotonic()
            for method in (client.put, client.find):
                with pytest.raises(depot.errors.Unavailable):
                    await method(what="hello", timeout=30)
            assert time.monotonic() - started < 10


def held_back(target: str) -> list[float]:
    """What /metrics says of the circuits of a target."""
    samples = (sample for family in REGISTRY.collect() for sample in family.samples)
    shown = [s for s in samples if s.name == "rpc_client_circuit_open" and s.labels["server_address"] == target]
    return [sample.value for sample in shown if sample.labels["rpc_method"].endswith("/Put")]


async def test_a_service_that_comes_back(depot: DepotProject) -> None:
    """The circuit is probed, by one call at a time, and closes; listeners and metrics get each change of state."""
    states: list[str] = []
    policy = depot.breaker(calls=6, pause=0.3)
    async with (
        depot.running() as port,
        proxied(port) as proxy,
        depot.client(
            proxy.address,
            breaker=policy,
            outlier_detection=False,
            breaker_listeners=(lambda change: states.append(change.after.value), _broken_listener),
        ) as client,
    ):
        await client.put(what="warm")
        proxy.drop = True
        for _ in range(5):
            with pytest.raises(depot.errors.DeadlineExceeded):
                await client.put(what="hello", timeout=0.1)
        assert held_back(proxy.address) == [1]
        await asyncio.sleep(0.35)
        probe = asyncio.create_task(client.put(what="hello", timeout=0.2))
        await asyncio.sleep(0.05)
        with pytest.raises(depot.module("runtime.client").CircuitOpen):
            await client.put(what="hello", timeout=0.2)
        with pytest.raises(depot.errors.DeadlineExceeded):
            await probe
        proxy.drop = False
        await asyncio.sleep(0.35)
        assert (await client.put(what="hello", timeout=5)).text == "hello"
        assert (await client.put(what="hello")).text == "hello"
        assert held_back(proxy.address) == [0]
    assert states == ["open", "half open", "open", "half open", "closed"]


def _broken_listener(change: object) -> None:
    raise RuntimeError("a listener's own trouble")


async def test_a_probe_that_is_cancelled_makes_room_for_another(depot: DepotProject) -> None:
    """A caller who leaves while he probes does not leave the circuit half open for ever."""
    async with (
        depot.running() as port,
        depot.client(f"127.0.0.1:{port}", breaker=depot.breaker(calls=1, pause=0.05)) as client,
    ):
        with pytest.raises(depot.errors.Internal):
            await client.put(what="internal")
        await asyncio.sleep(0.06)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.put(what="sleep", number=5), 0.1)
        assert (await client.put(what="hello")).text == "hello"


async def test_attempts_are_those_that_are_declared(depot: DepotProject) -> None:
    """`attempts: 5` outlives four failures, the usual three do not, and what is not idempotent has one."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        assert (await client.insist(what="flaky", number=4)).text == "flaky"
        assert (await client.find(what="flaky", number=2)).text == "flaky"
        for method, times in ((client.find, 3), (client.put, 1)):
            before = len(depot.calls)
            with pytest.raises(depot.errors.Unavailable):
                await method(what="flaky", number=4)
            assert len(depot.calls) - before == times


async def test_a_proxy_may_make_the_attempts_instead(depot: DepotProject) -> None:
    """`Options(attempts=1)` holds for methods that declare another number too: attempts of both would multiply."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}", attempts=1) as client:
        for method in (client.find, client.insist):
            before = len(depot.calls)
            with pytest.raises(depot.errors.Unavailable):
                await method(what="flaky", number=1)
            assert len(depot.calls) - before == 1


async def test_retries_are_throttled(depot: DepotProject) -> None:
    """A service that fails all the time is not asked three times as often."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}", breaker=None) as client:
        before = len(depot.calls)
        calls = [client.find(what="flaky", number=9) for _ in range(500)]
        ends = await asyncio.gather(*calls, return_exceptions=True)
        attempts = len(depot.calls) - before
    assert {type(end).__name__ for end in ends} == {"Unavailable"}
    assert 500 <= attempts < 650
