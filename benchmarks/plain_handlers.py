"""Blocking handlers beside those of grpcio's synchronous server, and asynchronous calls beside them.

    python -m benchmarks.plain_handlers

Both servers have 16 threads, and each handler blocks for 50 ms. They take turns, so that only the
ratios mean something.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from statistics import median
from typing import Any

import grpc
from google.protobuf.wrappers_pb2 import StringValue

from tests.runtime.probe_service import ECHO, NAME, ProbeServicer, method, probe_service, settings_for_tests

THREADS_COUNT = 16
BLOCKED_SECONDS = 0.05
ROUNDS_COUNT = 7
CALLS_COUNT = 320
CONCURRENCY_COUNT = 32
MIN_THROUGHPUT_RATIO = 0.9
MAX_LATENCY_RATIO = 1.5

FAST = method("Fast")


class Handler(ProbeServicer):
    """One method blocks, the other does not."""

    def echo(self, request: Any, context: Any) -> Any:
        """Block, as a driver without `async` does."""
        time.sleep(BLOCKED_SECONDS)
        return request

    async def fast(self, request: Any, context: Any) -> Any:
        """Return at once."""
        return request


@contextmanager
def synchronous_server() -> Iterator[str]:
    """Yield the address of grpcio's own server with the same handler."""
    server = grpc.server(ThreadPoolExecutor(THREADS_COUNT))
    handler = grpc.unary_unary_rpc_method_handler(Handler().echo, StringValue.FromString, StringValue.SerializeToString)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(NAME, {"Echo": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(0)


@asynccontextmanager
async def calling(target: str, path: str) -> AsyncIterator[Any]:
    """Yield a method of a service, on connections of its own."""
    async with grpc.aio.insecure_channel(target, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        yield channel.unary_unary(path, StringValue.SerializeToString, StringValue.FromString)


async def throughput(target: str) -> float:
    """Return the calls per second of the blocking method."""
    async with calling(target, ECHO.path) as call:
        free = asyncio.Semaphore(CONCURRENCY_COUNT)

        async def one() -> None:
            async with free:
                await call(StringValue(value="a"))

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(CALLS_COUNT)))
        return CALLS_COUNT / (time.perf_counter() - began)


async def latency(target: str, seconds: float) -> float:
    """Return the 99th percentile of the asynchronous method, in seconds."""
    latencies = []
    async with calling(target, FAST.path) as call:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            began = time.perf_counter()
            await call(StringValue(value="a"))
            latencies.append(time.perf_counter() - began)
            await asyncio.sleep(0.002)
    return sorted(latencies)[len(latencies) * 99 // 100]


async def measure(blocking: str) -> tuple[float, float]:
    """Return the ratio of throughputs, and that of latencies beside blocking calls and without them."""
    throughputs, latencies = [], []
    settings = settings_for_tests(default_timeout=0, handler_threads=THREADS_COUNT)
    async with probe_service(settings, ECHO, FAST, handler=Handler()) as service:
        for _ in range(ROUNDS_COUNT):
            throughputs.append(await throughput(service.target) / await throughput(blocking))
            alone = await latency(service.target, 1)
            background = asyncio.ensure_future(throughput(service.target))
            latencies.append(await latency(service.target, 0.8) / alone)
            await background
    return median(throughputs), median(latencies)


def main() -> int:
    """Measure and print; 1 for a broken budget."""
    with synchronous_server() as target:
        throughputs, latencies = asyncio.run(measure(target))
    print(f"{throughputs:.2f} x the throughput of grpcio's synchronous server; budget at least {MIN_THROUGHPUT_RATIO}")
    print(f"{latencies:.2f} x the p99 of asynchronous calls beside them; budget at most {MAX_LATENCY_RATIO}")
    return int(throughputs < MIN_THROUGHPUT_RATIO or latencies > MAX_LATENCY_RATIO)


if __name__ == "__main__":
    sys.exit(main())
