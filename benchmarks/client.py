"""What the generated client costs per call beside a bare stub, in one interleaved run.

    python -m benchmarks.client

Both call the same server, which runs in a process of its own and answers as cheaply as it can. What
counts is CPU time of the calling process: the clock would measure the server too.
"""

import argparse
import asyncio
import contextlib
import importlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import grpc
import uvloop

from tests.support.protoc import protoc

BUDGET = 1.25

_SERVER = """
import asyncio, grpc, uvloop

async def main():
    async def echo(request, context):
        return request
    server = grpc.aio.server()
    handlers = {"Send": grpc.unary_unary_rpc_method_handler(echo)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.v1.Parcels", handlers),))
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    await server.start()
    await server.wait_for_termination()

uvloop.run(main())
"""

_PROTO = """
syntax = "proto3";
package bench.v1;
service Parcels { rpc Send(Parcel) returns (Parcel); }
message Parcel { string id = 1; int64 weight = 2; repeated string stops = 3; }
"""

Call = Callable[[Any], Awaitable[Any]]


@contextmanager
def generated() -> Iterator[Path]:
    """A generated project with one method."""
    with tempfile.TemporaryDirectory() as folder:
        proto = Path(folder) / "parcels.proto"
        proto.write_text(_PROTO, encoding="utf-8")
        done = protoc("-I.", "--pyservice_out=.", proto.name, cwd=Path(folder))
        assert done.returncode == 0, done.said
        sys.path.insert(0, f"{folder}/src")
        yield Path(folder)


@contextmanager
def serving() -> Iterator[str]:
    """The address of the server."""
    process = subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def callers(address: str) -> AsyncIterator[dict[str, Call]]:
    """What is compared, by name; each over a channel of its own."""
    pb2: Any = importlib.import_module("bench.gen.parcels_pb2")
    stubs: Any = importlib.import_module("bench.gen.parcels_pb2_grpc")
    clients: Any = importlib.import_module("bench.gen.clients")
    call: Any = importlib.import_module("bench.runtime.core.call")
    in_progress = call.ServerCall("/bench.v1.Parcels/Send", (("x-request-id", "0123456789abcdef"),))
    async with (
        grpc.aio.insecure_channel(address, options=[("bench", 1)]) as channel,
        clients.ParcelsClient(address) as client,
    ):
        stub = stubs.ParcelsStub(channel)

        async def bare(request: Any) -> Any:
            return await stub.Send(request, timeout=30)

        async def within_a_call(request: Any) -> Any:
            call.CALL.set(in_progress)
            return await client.send(request)

        assert (await client.send(pb2.Parcel(id="1"))).id == "1"
        yield {"bare stub": bare, "client": client.send, "client, passing on a request id": within_a_call}


async def cpu(call: Call, request: Any, calls: int, at_once: int) -> float:
    """CPU microseconds of a call."""

    async def some() -> None:
        for _ in range(calls // at_once):
            await call(request)

    before = time.process_time()
    await asyncio.gather(*(some() for _ in range(at_once)))
    return (time.process_time() - before) / calls * 1e6


async def compare(address: str, rounds: int, calls: int, at_once: int) -> dict[str, list[float]]:
    """Figures of each caller, taken in turns."""
    pb2: Any = importlib.import_module("bench.gen.parcels_pb2")
    request = pb2.Parcel(id="a parcel", weight=7, stops=["here", "there"])
    async with callers(address) as compared:
        figures: dict[str, list[float]] = {name: [] for name in compared}
        for call in compared.values():
            await cpu(call, request, calls, at_once)
        for _ in range(rounds):
            for name, call in compared.items():
                figures[name].append(await cpu(call, request, calls, at_once))
    return figures


def main() -> int:
    """Print the figures; 1 if the client is over its budget."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.client", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--at-once", type=int, default=16)
    given = parser.parse_args()
    with generated(), serving() as address:
        figures = uvloop.run(compare(address, given.rounds, given.calls, given.at_once))
    bare = figures["bare stub"]
    ratios = {name: statistics.median(a / b for a, b in zip(f, bare, strict=True)) for name, f in figures.items()}
    for name, taken in figures.items():
        print(f"{name:34} {statistics.median(taken):7.1f} us CPU a call   {ratios[name]:.2f} x")
    print(f"budget: the client at {BUDGET} x at most")
    return int(ratios["client"] > BUDGET)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
