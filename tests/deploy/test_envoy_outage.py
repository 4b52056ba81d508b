"""Two instances behind Envoy, one of which is killed while calls go through."""

import asyncio
import re
import signal
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from tests.deploy.gateway import envoy, running
from tests.deploy.library import SERVICE, Library

_CALLERS = 8
_BEFORE, _AFTER = 1.0, 4.0
"""Seconds of load ahead of the kill and behind it."""


@dataclass(slots=True)
class Seen:
    """How the calls of one method ended."""

    ends: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    """Those begun more than two seconds after the kill."""


def retries(port: int) -> float:
    """How many calls of GetBook came again, as an instance counts them."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
        text = reply.read().decode()
    found = re.search(r'^rpc_server_retries_total{[^}]*/GetBook"[^}]*} (\S+)$', text, re.MULTILINE)
    assert found, text
    return float(found[1])


async def test_a_killed_instance_costs_no_idempotent_call(library: Library, tmp_path: Path) -> None:
    """Calls of a method declared idempotent all succeed; of another, at most those in flight fail, as UNAVAILABLE."""
    envoy()
    with (
        library.running(tmp_path / "first") as first,
        library.running(tmp_path / "second") as second,
        running(
            library, tmp_path, {"GATEWAY_UPSTREAMS": f"127.0.0.1:{first.port},127.0.0.1:{second.port}"}, 2
        ) as gateway,
    ):
        killed = 0.0
        end = time.monotonic() + _BEFORE + _AFTER
        seen = {"GetBook": Seen(), "CreateBook": Seen()}

        async def load(method: str) -> None:
            call: Any = channel.unary_unary(f"/{SERVICE}/{method}")
            request = b"" if method == "GetBook" else b"\x12\x03\x12\x01x"
            while (began := time.monotonic()) < end:
                try:
                    await call(request, timeout=10)
                    name = "OK"
                except grpc.aio.AioRpcError as error:
                    name = error.code().name
                seen[method].ends[name] += 1
                if killed and began > killed + 2:
                    seen[method].late[name] += 1
                await asyncio.sleep(0.005)

        async with grpc.aio.insecure_channel(f"127.0.0.1:{gateway.port}") as channel:
            callers = [asyncio.create_task(load(method)) for method in seen for _ in range(_CALLERS)]
            await asyncio.sleep(_BEFORE)
            # Halted a moment before, so that calls surely wait for it.
            first.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(0.2)
            first.kill()
            killed = time.monotonic()
            await asyncio.gather(*callers)
        assert gateway.healthy() == 1
        assert retries(second.metrics) > 0
    reads, writes = seen["GetBook"], seen["CreateBook"]
    assert set(reads.ends) == {"OK"}, reads
    assert 0 < writes.ends["UNAVAILABLE"] <= _CALLERS, writes
    assert set(writes.ends) <= {"OK", "UNAVAILABLE"}, writes
    assert set(writes.late) == {"OK"}, writes
    assert min(reads.late["OK"], writes.late["OK"]) > 100
