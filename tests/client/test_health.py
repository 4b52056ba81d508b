"""Clients that watch the health of each replica."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.client.harness import DepotProject
from tests.server.harness import ServerProcess


async def answered_by(client: Any, calls: int = 40) -> Counter[str]:
    """Who answered so many calls."""
    return Counter([(await client.put(what="x", timeout=5)).by for _ in range(calls)])


async def told_to_stop(depot_process: ServerProcess) -> None:
    """Tell a replica to stop, and wait until it has said so: it still serves for `SHUTDOWN_DRAIN`."""
    depot_process.signal()
    end = time.monotonic() + 10
    async with grpc.aio.insecure_channel(f"127.0.0.1:{depot_process.port()}") as channel:
        check: Any = channel.unary_unary("/grpc.health.v1.Health/Check")
        while await check(b"") != b"\x08\x02":
            assert time.monotonic() < end
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("choice", "others"), [({"watch_health": True}, {"b"}), ({}, {"a", "b"})])
async def test_a_replica_that_says_it_stops(
    depot: DepotProject, tmp_path: Path, choice: dict[str, Any], others: set[str]
) -> None:
    """It still serves, and gets no more calls of those who watch: none can meet the moment it refuses them."""
    with (
        depot.process(tmp_path / "a", DEPOT_NAME="a", SHUTDOWN_DRAIN="30") as stopping,
        depot.process(tmp_path / "b", DEPOT_NAME="b") as staying,
    ):
        target = f"ipv4:127.0.0.1:{stopping.port()},127.0.0.1:{staying.port()}"
        async with depot.client(target, **choice) as client:
            end = time.monotonic() + 10
            while (await answered_by(client, 8)).keys() != {"a", "b"}:
                assert time.monotonic() < end
            await told_to_stop(stopping)
            while (await answered_by(client, 8)).keys() != others:
                assert time.monotonic() < end + 10
            assert (await answered_by(client)).keys() == others


async def test_calls_that_do_not_wait_for_answers(depot: DepotProject, tmp_path: Path) -> None:
    """They are sent at any moment, that in which a replica stops among them: none of them fails."""
    ends: Counter[str] = Counter()
    with (
        depot.process(tmp_path / "a", DEPOT_NAME="a", SHUTDOWN_DRAIN="2") as stopping,
        depot.process(tmp_path / "b", DEPOT_NAME="b") as staying,
    ):
        target = f"ipv4:127.0.0.1:{stopping.port()},127.0.0.1:{staying.port()}"
        async with depot.client(target, watch_health=True) as client, asyncio.TaskGroup() as calls:

            async def call() -> None:
                try:
                    ends[(await client.put(what="x", timeout=30)).by] += 1
                except depot.errors.StatusError as error:
                    ends[type(error).__name__] += 1

            await client.put(what="warm")
            stopping.signal()
            while stopping.process.poll() is None:
                calls.create_task(call())
                await asyncio.sleep(0.002)
    print(f"\nwhile a replica stopped: {dict(ends)}")
    assert ends.keys() <= {"a", "b"}
    assert ends["b"] > 100


async def test_a_server_that_tells_nothing_about_its_health(depot: DepotProject) -> None:
    """It is called as if it were well."""
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with depot.client(f"127.0.0.1:{port}", watch_health=True) as client:
            with pytest.raises(depot.errors.Unimplemented):
                await client.put(what="x", timeout=5)
    finally:
        await server.stop(0)
