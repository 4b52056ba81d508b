"""Nothing is left of calls: no task, no call, no channel, no memory. `make soak` makes 50,000 of them."""

import asyncio
import ctypes
import gc
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest

from tests.client.harness import DepotProject
from tests.client.proxy import proxied
from tests.server.harness import until

_AT_ONCE = 50

_LOST = 0.5
"""Kilobytes that grpc itself may lose with a unary call that is cancelled; a bare stub of grpc 1.85 does so too."""


async def one(depot: DepotProject, client: Any, dice: random.Random) -> str:
    """A call of any kind that ends, fails, is late, is cancelled or is left."""
    what = dice.choice(["x", "x", "missing", "sleep"])
    parcel = depot.parcel(what=what, number=dice.choice([1, 5]))
    timeout = dice.choice([0.005, 0.05, 5])
    match dice.choice(["put", "find", "watch", "put_all", "talk", "left", "forgotten"]):
        case "put" | "find" as method:
            work: Any = getattr(client, method)(parcel, timeout=timeout)
        case "watch":
            work = _read(client.watch(parcel, timeout=timeout))
        case "put_all":
            work = client.put_all([parcel] * 3, timeout=timeout)
        case "talk":
            work = _read(client.talk([parcel] * 3, timeout=timeout))
        case "left":
            work = _first(client.watch(number=1000, timeout=timeout))
        case _:
            client.watch(parcel)
            client.talk()
            return "forgotten"
    try:
        await asyncio.wait_for(work, dice.choice([0.0, 0.01, 1, 1]))
    except Exception as error:
        return type(error).__name__
    return "OK"


async def _read(responses: Any) -> None:
    async for _ in responses:
        pass


async def _first(responses: Any) -> None:
    async for _ in responses:
        return


def alive(kind: type) -> int:
    """How many objects of a kind there are."""
    gc.collect()
    return sum(isinstance(found, kind) for found in gc.get_objects())


class _Mallinfo(ctypes.Structure):
    """What glibc's mallinfo2(3) gives."""

    _fields_ = [
        ("pools", ctypes.c_size_t * 4),
        ("hblkhd", ctypes.c_size_t),
        ("passed", ctypes.c_size_t * 2),
        ("uordblks", ctypes.c_size_t),
        ("free", ctypes.c_size_t * 2),
    ]


class Held(NamedTuple):
    """What this process has asked for and not given back. The memory it occupies would tell far less: what
    was given back is spread over pages that stay, several megabytes more or less by chance."""

    kilobytes: int
    """Of malloc: grpc's own, and what Python holds in pieces of more than half a kilobyte."""
    blocks: int
    """Of Python's own allocator: its smaller objects."""


def held() -> Held:
    """What is in use now, behind a collection."""
    gc.collect()
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _Mallinfo
    found = mallinfo()
    return Held((found.uordblks + found.hblkhd) // 1024, sys.getallocatedblocks())


async def settled() -> None:
    """Wait for the calls that were cancelled last: they still tell grpc so."""
    await until(lambda: alive(grpc.aio.Call) == 0, within=30)


async def test_nothing_is_left(depot: DepotProject, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Thousands of calls, most of them cut short, over a network that breaks now and then."""
    calls = request.config.getoption("--client-calls")
    dice = random.Random(7)
    ends: Counter[str] = Counter()
    with depot.process(tmp_path / "log", MAX_CONCURRENT_RPCS="0") as depot_process:
        async with proxied(depot_process.port()) as proxy, depot.client(proxy.address, breaker=None) as client:
            await client.find(what="warm")
            tasks, channels = len(asyncio.all_tasks()), alive(grpc.aio.Channel)

            async def some(count: int) -> None:
                for _ in range(count):
                    ends[await one(depot, client, dice)] += 1
                    if dice.random() < 0.0005:
                        proxy.cut()

            await asyncio.gather(*(some(calls // _AT_ONCE // 2) for _ in range(_AT_ONCE)))
            await settled()
            half, cancelled = held(), -ends["TimeoutError"]
            await asyncio.gather(*(some(calls // _AT_ONCE // 2) for _ in range(_AT_ONCE)))
            await settled()
            end, cancelled = held(), cancelled + ends["TimeoutError"]
            assert alive(grpc.aio.Channel) == channels
            # A connection that was made anew is three tasks of the proxy's.
            assert abs(len(asyncio.all_tasks()) - tasks) <= 3
            assert client._shared_channel._current.calls == 0
            assert {name: rpc.metrics.running for name, rpc in client._rpcs.items() if rpc.metrics.running} == {}
            assert (await client.find(what="x")).text == "x"
        assert len(depot.module("runtime.client.channels").channels()) == 0
    kilobytes, blocks = end.kilobytes - half.kilobytes, end.blocks - half.blocks
    print(f"\n{sum(ends.values())} calls: {dict(ends)}; {kilobytes} KiB and {blocks} blocks more in the second half")
    assert ends["OK"] > calls / 10
    assert ends["TimeoutError"] > calls / 10
    assert kilobytes < 1_000 + cancelled * _LOST
    assert blocks < 500
