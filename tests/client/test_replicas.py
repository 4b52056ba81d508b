"""Several replicas behind one name, which a DNS server of the test's own answers for."""

import asyncio
import signal
import socket
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.client.harness import DepotProject
from tests.client.names import naming
from tests.client.outcomes import TRIALS
from tests.server.harness import ServerProcess

SHORT, LONG = 0.4, 20.0
"""Seconds until the deadline: where a frozen replica is to be noticed, and elsewhere."""

SLOW = 0.1
"""Seconds that the slow replica takes."""


@dataclass(slots=True)
class Phase:
    """What came of the calls of a while."""

    name: str
    by: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    """Seconds by which the loop was late at each call."""

    @property
    def success(self) -> float:
        """The part of the calls that were answered."""
        return self.by.total() / (self.by.total() + self.failed.total())

    @property
    def p99(self) -> float:
        """Seconds within which 99 % of the calls have ended."""
        return percentile(self.seconds)

    @property
    def own(self) -> float:
        """The same without what the machine adds: each side of a call may be as late as the loop is."""
        return self.p99 - 3 * percentile(self.lags)

    def __str__(self) -> str:
        failed = dict(self.failed) or "none"
        return f"{self.name:22} {self.success:7.1%} p99 {self.p99 * 1000:4.0f} ms  by {dict(self.by)}, failed {failed}"


def percentile(values: list[float]) -> float:
    """What 99 % of them do not exceed."""
    return sorted(values)[int(len(values) * 0.99)]


async def phase(name: str, client: Any, timeout: float = LONG, seconds: float = 0.7, pause: float = 0.004) -> Phase:
    """Call, about two hundred times a second, without waiting for answers."""
    found = Phase(name)

    async def call() -> None:
        started = time.perf_counter()
        try:
            found.by[(await client.find(what="x", timeout=timeout)).by] += 1
        except Exception as error:
            found.failed[type(error).__name__] += 1
        found.seconds.append(time.perf_counter() - started)

    end = time.monotonic() + seconds
    async with asyncio.TaskGroup() as calls:
        while time.monotonic() < end:
            calls.create_task(call())
            began = time.perf_counter()
            await asyncio.sleep(pause)
            found.lags.append(time.perf_counter() - began - pause)
    return found


async def steady(name: str, client: Any, replicas: set[str], timeout: float = LONG) -> Phase:
    """A phase in which these replicas answer every call, each its share, and in time; waits until it begins."""
    end = time.monotonic() + 20
    while not _steady(await phase(name, client, timeout, 0.2), replicas):
        assert time.monotonic() < end, f"{name}: {replicas} do not answer"
    for _ in range(TRIALS):
        found = await phase(name, client, timeout)
        print(found)
        if _steady(found, replicas):
            break
    assert (found.success, set(found.by)) == (1, replicas)
    assert _steady(found, replicas), f"they do not share the calls evenly, or take {found.own:.2f} s"
    return found


def _steady(found: Phase, replicas: set[str]) -> bool:
    even = max(found.by.values(), default=0) < 1.5 * min(found.by.values(), default=0)
    return found.by.keys() == replicas and not found.failed and even and found.own < 2 * SLOW


@pytest.fixture
def port() -> int:
    """A port that is free on all loopback addresses, more or less."""
    with socket.create_server(("", 0)) as found:
        return int(found.getsockname()[1])


async def test_replicas_come_and_go(depot: DepotProject, tmp_path: Path, port: int) -> None:
    """One is slow, one is killed and replaced, one is frozen: calls go on, spread over those that answer."""
    with ExitStack() as processes:

        def replica(number: int, **settings: str) -> ServerProcess:
            name = f"r{number}"
            given = {"GRPC_HOST": f"127.0.0.{number}", "GRPC_PORT": str(port), "DEPOT_NAME": name, **settings}
            return processes.enter_context(depot.process(tmp_path / name, MAX_CONNECTION_AGE="2", **given))

        depot_server = {number: replica(number, DEPOT_SLOW=str(SLOW if number == 4 else 0)) for number in (2, 3, 4)}
        async with naming("127.0.0.2", "127.0.0.3", "127.0.0.4") as names:
            target = f"dns://127.0.0.1:{names.port}/depot.test:{port}"
            async with depot.client(target, max_reconnect_backoff=1, breaker=None) as client:
                await client.find(what="warm", timeout=LONG)
                before = await steady("one slow", client, {"r2", "r3", "r4"})
                assert before.p99 >= SLOW

                depot_server[2].signal(signal.SIGKILL)
                killed = await phase("one killed", client)
                print(killed)
                # Calls in flight are retried, and no further calls are made to it.
                assert (killed.success, killed.by["r2"]) == (1, 0)
                assert killed.own < 1

                replica(5)
                names.addresses = ["127.0.0.3", "127.0.0.4", "127.0.0.5"]
                await steady("replaced", client, {"r3", "r4", "r5"})

                depot_server[3].signal(signal.SIGSTOP)
                frozen = await phase("one frozen, at first", client, SHORT)
                print(frozen)
                # Its connection is there, and says nothing: only the deadline ends these calls.
                assert frozen.failed.keys() == {"DeadlineExceeded"}
                assert frozen.success > 0.5
                await steady("one frozen, ejected", client, {"r4", "r5"}, SHORT)
                depot_server[3].signal(signal.SIGCONT)

                # No connection breaks, so clients would not resolve again: it is the servers that let their
                # connections end in good order after MAX_CONNECTION_AGE.
                replica(6)
                names.addresses = [*names.addresses, "127.0.0.6"]
                await steady("all again, one more", client, {"r3", "r4", "r5", "r6"})


async def test_a_static_list(depot: DepotProject, tmp_path: Path) -> None:
    """``ipv4:a,b`` is spread evenly, and one of them may be away."""
    with (
        depot.process(tmp_path / "one", DEPOT_NAME="one") as one,
        depot.process(tmp_path / "two", DEPOT_NAME="two") as two,
        depot.process(tmp_path / "three", DEPOT_NAME="three") as three,
    ):
        target = "ipv4:" + ",".join(f"127.0.0.1:{depot_process.port()}" for depot_process in (one, two, three))
        async with depot.client(target) as client:
            await steady("static list", client, {"one", "two", "three"})
        async with depot.client(f"ipv4:127.0.0.1:1,127.0.0.1:{one.port()}") as client:
            await steady("half of it away", client, {"one"})


async def test_pick_first_stays_with_one(depot: DepotProject, tmp_path: Path) -> None:
    """All calls go over one connection, until it breaks."""
    with (
        depot.process(tmp_path / "one", DEPOT_NAME="one") as one,
        depot.process(tmp_path / "two", DEPOT_NAME="two") as two,
    ):
        target = f"ipv4:127.0.0.1:{one.port()},127.0.0.1:{two.port()}"
        async with depot.client(target, balancing="pick_first") as client:
            first = await phase("pick_first", client)
            assert (first.success, len(first.by)) == (1, 1)
            {"one": one, "two": two}[next(iter(first.by))].signal(signal.SIGKILL)
            second = await phase("its replica killed", client)
            assert second.success == 1
            assert set(second.by) == {"one", "two"} - set(first.by)


async def test_a_unix_socket(depot: DepotProject, tmp_path: Path) -> None:
    """``unix:path``."""
    path = tmp_path / "s"
    async with depot.running(grpc_host=f"unix:{path}"), depot.client(f"unix:{path}") as client:
        assert (await client.find(what="hello")).text == "hello"
