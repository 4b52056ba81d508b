"""Makes calls as fast as the servers answer: a process of its own, with one command on each line.

    python load.py        reads {"port": ..., "method": ..., "calls": ..., ...}, answers {"latencies": [...], ...}

It sends and takes bytes, so that nearly all it does is grpc's.
"""

import asyncio
import json
import sys
import time
from typing import Any

import grpc
import uvloop


class Caller:
    """Channels that stay open between orders."""

    def __init__(self) -> None:
        self._channels: dict[int, grpc.aio.Channel] = {}

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Make the calls of an order; how long each took in seconds, and how many failed."""
        channel = self._channels.get(order["port"])
        if channel is None:
            channel = self._channels[order["port"]] = grpc.aio.insecure_channel(f"127.0.0.1:{order['port']}")
        one = self._stream if order["streams"] else self._unary
        stub = getattr(channel, "unary_stream" if order["streams"] else "unary_unary")(order["method"])
        request, metadata = bytes.fromhex(order["request"]), [tuple(pair) for pair in order["metadata"]]
        left = iter(range(order["calls"]))
        latencies: list[float] = []

        async def worker() -> int:
            failed = 0
            for _ in left:
                started = time.perf_counter()
                failed += not await one(stub, request, metadata)
                latencies.append(time.perf_counter() - started)
            return failed

        started = time.perf_counter()
        failed = sum(await asyncio.gather(*(worker() for _ in range(order["in_flight"]))))
        return {"latencies": latencies, "failed": failed, "seconds": time.perf_counter() - started}

    @staticmethod
    async def _unary(stub: Any, request: bytes, metadata: Any) -> bool:
        try:
            await stub(request, metadata=metadata, timeout=2)
        except grpc.aio.AioRpcError:
            return False
        return True

    @staticmethod
    async def _stream(stub: Any, request: bytes, metadata: Any) -> bool:
        try:
            async for _ in stub(request, metadata=metadata, timeout=30):
                pass
        except grpc.aio.AioRpcError:
            return False
        return True


async def main() -> None:
    """Until standard input ends."""
    caller = Caller()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await caller.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
