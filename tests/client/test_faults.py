"""What a user of the client sees when the network or the service fails: one table, with counts.

``pytest tests/client/test_faults.py -s`` prints it.
"""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from prometheus_client import REGISTRY

from tests.client.depot import Depot
from tests.client.proxy import Proxy, proxied

CALLS = 20
TIMEOUT = 0.25
KEPT = 0.05
"""Seconds by which a call may overrun its deadline."""


def _reset_once(proxy: Proxy) -> None:
    proxy.resets = 1


def _close_once(proxy: Proxy) -> None:
    proxy.half_closes = 1


def _nothing(proxy: Proxy) -> None:
    """All is well."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong, and what comes of ``CALLS`` calls of a method."""

    name: str
    method: str
    outcomes: dict[str, int]
    why: str
    begin: Callable[[Proxy], None]
    """Before the first call."""
    each: Callable[[Proxy], None] = _nothing
    """Before every call."""
    calls: int = CALLS
    seen: int | None = None
    """How many calls the service has seen, where that is certain."""


FAULTS = (
    Fault("none", "put", {"OK": 20}, "the usual case", _nothing, seen=20),
    Fault("slow network", "put", {"OK": 20}, "late, and in time", lambda p: setattr(p, "delay", 0.02), seen=20),
    Fault("reset", "find", {"OK": 20}, "idempotent: tried again", _nothing, _reset_once, seen=20),
    Fault("reset", "put", {"Unavailable": 20}, "not idempotent: only its caller knows", _nothing, _reset_once),
    Fault("half-closed", "find", {"OK": 20}, "idempotent: tried again", _nothing, _close_once, seen=20),
    Fault("half-closed", "put", {"Unavailable": 20}, "not idempotent", _nothing, _close_once),
    Fault(
        "resets for ever",
        "find",
        {"Unavailable": 20},
        "gives up after three attempts",
        lambda p: setattr(p, "resets", 10_000),
        seen=0,
    ),
    Fault(
        "throttled",
        "put",
        {"DeadlineExceeded": 20},
        "too slow for what is sent: the deadline ends it",
        lambda p: setattr(p, "rate", 20_000),
    ),
    Fault(
        "silence",
        "find",
        {"DeadlineExceeded": 20, "CircuitOpen": 40},
        "after 20 failures calls fail at once",
        lambda p: setattr(p, "drop", True),
        calls=60,
    ),
)


@dataclass(slots=True)
class Outcome:
    """How calls have ended."""

    ends: Counter[str] = field(default_factory=Counter)
    late: int = 0
    """Calls that ended more than `KEPT` behind their deadline."""
    slowest_refusal: float = 0.0
    """Seconds that a refusal of the circuit took."""

    async def take(self, call: Awaitable[Any]) -> None:
        """Wait for a call."""
        started = time.perf_counter()
        try:
            await call
            end = "OK"
        except Exception as error:
            end = type(error).__name__
        took = time.perf_counter() - started
        self.ends[end] += 1
        self.late += took > TIMEOUT + KEPT
        if end == "CircuitOpen":
            self.slowest_refusal = max(self.slowest_refusal, took)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.name}-{fault.method}-{fault.calls}")
async def test_the_outcome_that_a_user_wants(depot: Depot, fault: Fault) -> None:
    """Retried where that is safe, failed fast where it is not, and never behind the deadline."""
    outcome = Outcome()
    load = bytes(100_000) if fault.name == "throttled" else b""
    async with (
        depot.running() as port,
        proxied(port) as proxy,
        depot.client(proxy.address, eject=False, breaker=depot.breaker(calls=21, pause=60)) as client,
    ):
        call = getattr(client, fault.method)
        await call(what="warm")
        before = len(depot.calls)
        fault.begin(proxy)
        for _ in range(fault.calls):
            fault.each(proxy)
            await outcome.take(call(what="hello", load=load, timeout=TIMEOUT))
        seen = len(depot.calls) - before
    print(f"\n{fault.name:16} {fault.method:5} {dict(outcome.ends)}, late {outcome.late}, seen {seen}: {fault.why}")
    if fault.method == "put" and fault.each is not _nothing:
        # A call that was still waiting for its connection when that broke has not been sent: gRPC
        # makes another connection. What counts is that no call was ever made twice.
        assert outcome.ends["Unavailable"] > 0.7 * fault.calls
        assert outcome.ends["OK"] == seen == fault.calls - outcome.ends["Unavailable"]
    else:
        assert dict(outcome.ends) == fault.outcomes
    # A busy machine is late by itself.
    assert outcome.late <= fault.calls // 5
    assert fault.seen is None or seen == fault.seen
    assert outcome.slowest_refusal < 0.01


async def test_nobody_listens(depot: Depot) -> None:
    """Fails at once instead of at the deadline, retries included."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with depot.client(f"127.0.0.1:{taken.getsockname()[1]}") as client:
            started = time.monotonic()
            for method in (client.put, client.find):
                with pytest.raises(depot.errors.Unavailable):
                    await method(what="hello", timeout=10)
            assert time.monotonic() - started < 2


def held_back(target: str) -> list[float]:
    """What /metrics says of the circuits of a target."""
    samples = (sample for family in REGISTRY.collect() for sample in family.samples)
    shown = [s for s in samples if s.name == "rpc_client_circuit_open" and s.labels["server_address"] == target]
    return [sample.value for sample in shown if sample.labels["rpc_method"].endswith("/Put")]


async def test_a_service_that_comes_back(depot: Depot) -> None:
    """The circuit is probed, by one call at a time, and closes; listeners are told each step, and metrics too."""
    states: list[str] = []
    policy = depot.breaker(calls=6, pause=0.3)
    async with (
        depot.running() as port,
        proxied(port) as proxy,
        depot.client(
            proxy.address,
            breaker=policy,
            eject=False,
            listeners=(lambda change: states.append(change.after.value), _broken_listener),
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
        with pytest.raises(depot.module("client.breaker").CircuitOpen):
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


async def test_a_probe_that_is_cancelled_makes_room_for_another(depot: Depot) -> None:
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


async def test_attempts_are_those_that_are_declared(depot: Depot) -> None:
    """`attempts: 5` outlives four failures, the usual three do not, and what is not idempotent has one."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}") as client:
        assert (await client.insist(what="flaky", number=4)).text == "flaky"
        assert (await client.find(what="flaky", number=2)).text == "flaky"
        for method, times in ((client.find, 3), (client.put, 1)):
            before = len(depot.calls)
            with pytest.raises(depot.errors.Unavailable):
                await method(what="flaky", number=4)
            assert len(depot.calls) - before == times


async def test_a_proxy_may_make_the_attempts_instead(depot: Depot) -> None:
    """`Options(attempts=1)` holds for methods that declare another number too: attempts of both would multiply."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}", attempts=1) as client:
        for method in (client.find, client.insist):
            before = len(depot.calls)
            with pytest.raises(depot.errors.Unavailable):
                await method(what="flaky", number=1)
            assert len(depot.calls) - before == 1


async def test_retries_are_throttled(depot: Depot) -> None:
    """A service that fails all the time is not asked three times as often."""
    async with depot.running() as port, depot.client(f"127.0.0.1:{port}", breaker=None) as client:
        before = len(depot.calls)
        calls = [client.find(what="flaky", number=9) for _ in range(500)]
        ends = await asyncio.gather(*calls, return_exceptions=True)
        attempts = len(depot.calls) - before
    assert {type(end).__name__ for end in ends} == {"Unavailable"}
    assert 500 <= attempts < 650
