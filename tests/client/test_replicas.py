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

from tests.client.depot import Depot
from tests.client.names import naming
from tests.server.laboratory import There

TIMEOUT = 0.4
MOST = 0.97
"""On a machine that is busy with other things a call in a hundred may be late by itself."""


@dataclass(slots=True)
class Phase:
    """What came of the calls of a while."""

    name: str
    by: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    @property
    def success(self) -> float:
        """The part of the calls that were answered."""
        return self.by.total() / (self.by.total() + self.failed.total())

    @property
    def p99(self) -> float:
        """Seconds within which 99 % of the calls have ended."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]

    def __str__(self) -> str:
        failed = dict(self.failed) or "none"
        return f"{self.name:22} {self.success:7.1%} p99 {self.p99 * 1000:4.0f} ms  by {dict(self.by)}, failed {failed}"


async def phase(name: str, client: Any, seconds: float = 1.5, pause: float = 0.01) -> Phase:
    """Call, about a hundred times a second, without waiting for answers."""
    found = Phase(name)

    async def call() -> None:
        started = time.perf_counter()
        try:
            found.by[(await client.find(what="x", timeout=TIMEOUT)).by] += 1
        except Exception as error:
            found.failed[type(error).__name__] += 1
        found.seconds.append(time.perf_counter() - started)

    end = time.monotonic() + seconds
    async with asyncio.TaskGroup() as calls:
        while time.monotonic() < end:
            calls.create_task(call())
            await asyncio.sleep(pause)
    print(found)
    return found


@pytest.fixture
def port() -> int:
    """A port that is free on all loopback addresses, more or less."""
    with socket.create_server(("", 0)) as found:
        return int(found.getsockname()[1])


async def test_replicas_come_and_go(depot: Depot, tmp_path: Path, port: int) -> None:
    """One is slow, one is killed and replaced, one is frozen: calls go on, spread over those that answer."""
    with ExitStack() as processes:

        def replica(number: int, **settings: str) -> There:
            name = f"r{number}"
            given = {"GRPC_HOST": f"127.0.0.{number}", "GRPC_PORT": str(port), "DEPOT_NAME": name, **settings}
            return processes.enter_context(depot.process(tmp_path / name, MAX_CONNECTION_AGE="2", **given))

        here = {number: replica(number, DEPOT_SLOW="0.1" if number == 4 else "0") for number in (2, 3, 4)}
        async with naming("127.0.0.2", "127.0.0.3", "127.0.0.4") as names:
            target = f"dns://127.0.0.1:{names.port}/depot.test:{port}"
            async with depot.client(target, reconnect=1, breaker=None) as client:
                await client.find(what="warm", timeout=10)
                await asyncio.sleep(0.3)

                before = await phase("one slow", client)
                assert before.success > MOST
                assert before.by.keys() == {"r2", "r3", "r4"}
                assert max(before.by.values()) < 1.3 * min(before.by.values())
                assert 0.1 < before.p99 < TIMEOUT

                here[2].signal(signal.SIGKILL)
                killed = await phase("one killed", client)
                assert killed.success > MOST
                assert killed.by["r3"] > 40

                replica(5)
                names.addresses = ["127.0.0.3", "127.0.0.4", "127.0.0.5"]
                await asyncio.sleep(1)
                replaced = await phase("one new", client, 2.5)
                assert replaced.success > MOST
                assert replaced.by["r5"] > 30

                here[3].signal(signal.SIGSTOP)
                frozen = await phase("one frozen, at first", client)
                assert frozen.success > 0.5
                without = await phase("one frozen, ejected", client)
                here[3].signal(signal.SIGCONT)
                assert without.success > MOST
                assert "r3" not in without.by

                await asyncio.sleep(5)
                after = await phase("all again", client)
                assert after.success > MOST
                assert after.by["r3"] > 30

                # Nothing breaks, so nobody would ask for addresses: it is the servers that let their
                # connections end in good order after MAX_CONNECTION_AGE.
                replica(6)
                names.addresses = [*names.addresses, "127.0.0.6"]
                await phase("one more, meanwhile", client, 4)
                more = await phase("one more", client)
                assert more.success > MOST
                assert more.by["r6"] > 20


async def test_a_static_list(depot: Depot) -> None:
    """``ipv4:a,b`` is spread evenly, and one of them may be away."""
    async with depot.running() as one, depot.running() as two, depot.running() as three:
        ports = (one, two, three)
        target = "ipv4:" + ",".join(f"127.0.0.1:{port}" for port in ports)
        async with depot.client(target) as client:
            await client.find(what="x")
            await asyncio.sleep(0.1)
            assert (await phase("static list", client, 0.5)).success > MOST
        async with depot.client(f"ipv4:127.0.0.1:1,127.0.0.1:{one}") as client:
            assert (await phase("half of it away", client, 0.5)).success > MOST


async def test_pick_first_stays_with_one(depot: Depot, tmp_path: Path) -> None:
    """All calls go over one connection, until it breaks."""
    with (
        depot.process(tmp_path / "one", DEPOT_NAME="one") as one,
        depot.process(tmp_path / "two", DEPOT_NAME="two") as two,
    ):
        target = f"ipv4:127.0.0.1:{one.port()},127.0.0.1:{two.port()}"
        async with depot.client(target, balancing="pick_first") as client:
            first = await phase("pick_first", client, 0.5)
            assert len(first.by) == 1
            {"one": one, "two": two}[next(iter(first.by))].signal(signal.SIGKILL)
            second = await phase("its replica killed", client, 0.5)
            assert second.success > 0.9
            assert set(second.by) - set(first.by)


async def test_a_unix_socket(depot: Depot, tmp_path: Path) -> None:
    """``unix:path``."""
    path = tmp_path / "s"
    async with depot.running(grpc_host=f"unix:{path}"), depot.client(f"unix:{path}") as client:
        assert (await client.find(what="hello")).text == "hello"
