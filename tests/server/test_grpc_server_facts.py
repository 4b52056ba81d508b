"""How grpc.aio's server, its health and reflection behave; test_grpc_facts.py has what handlers see."""

import asyncio
import importlib.util
import json
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from tests.server.bare_grpc import answer, calling, connected, ended, one, serving, streaming, talking
from tests.server.harness import until, watch


async def test_a_limit_of_all_calls_refuses_health_too() -> None:
    """So calls are limited by an interceptor: a busy server must not look like a dead one."""

    async def sleeping(request: bytes, context: Any) -> bytes:
        await asyncio.sleep(2)
        return b""

    async with talking({"m": one(sleeping), "health": one(answer)}, maximum_concurrent_rpcs=1) as channel:
        call = calling(channel)
        await asyncio.sleep(0.2)
        with pytest.raises(grpc.aio.AioRpcError, match="RESOURCE_EXHAUSTED"):
            await calling(channel, method="/s/health")
        call.cancel()


async def test_the_health_that_comes_with_grpc_serves_too_early_and_too_long() -> None:
    """So health is written here: theirs begins as SERVING, and a watch stays open when the server is to stop."""
    servicer: Any = health.aio.HealthServicer()
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with connected(port) as channel:
        watcher = watch(channel)
        assert (await watcher.read()).status == health_pb2.HealthCheckResponse.SERVING
        await servicer.enter_graceful_shutdown()
        assert (await watcher.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(watcher.read(), 0.5)
    await server.stop(None)


@pytest.mark.parametrize(("options", "shared"), [((), True), ((("grpc.so_reuseport", 0),), False)])
async def test_two_servers_share_a_port_by_default(options: Any, shared: bool) -> None:
    """So sharing is switched off, but for workers."""
    first, second = grpc.aio.server(options=options), grpc.aio.server(options=options)
    port = first.add_insecure_port("127.0.0.1:0")
    await first.start()
    try:
        assert second.add_insecure_port(f"127.0.0.1:{port}") == port
        assert shared
    except RuntimeError:
        assert not shared
    await first.stop(None)


async def test_an_option_that_does_not_exist_is_ignored() -> None:
    """So a test looks up each option in the binary."""
    async with talking({"m": one(answer)}, options=[("grpc.no_such_option", 1)]) as channel:
        assert await ended(channel) == ("OK", "answer")


async def test_an_open_stream_holds_a_stop_for_its_whole_grace() -> None:
    """So watchers of health are sent home first."""

    async def watching(request: bytes, context: Any) -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(20)

    method: Any = grpc.unary_stream_rpc_method_handler(watching)
    async with serving({"m": method}, stops=False) as (server, port), connected(port) as channel:
        call = streaming(channel)
        await call.read()
        before = time.monotonic()
        await server.stop(0.8)
        assert time.monotonic() - before >= 0.75
        call.cancel()


async def test_a_call_that_arrives_while_a_server_stops_is_cancelled() -> None:
    """So calls are held before a stop: clients do not retry CANCELLED."""
    ends: list[grpc.StatusCode] = []

    has_connected, nobody_listens = threading.Event(), threading.Event()

    def ask(port: int) -> None:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            method: Any = channel.unary_unary("/s/m")
            method(b"")
            has_connected.set()
            nobody_listens.wait()
            calls = [method.future(b"", timeout=5) for _ in range(10)]
            ends.extend(call.code() for call in calls)

    async with serving({"m": one(answer)}, stops=False) as (server, port):
        thread = asyncio.create_task(asyncio.to_thread(ask, port))
        await until(has_connected.is_set)
        nobody_listens.set()
        time.sleep(0.5)  # calls arrive, and this loop takes none of them
        await server.stop(5)
        await thread
    assert grpc.StatusCode.CANCELLED in ends


async def test_a_request_that_grpc_refuses_reaches_no_handler() -> None:
    """So the pipeline measures requests itself, below grpc's own limit."""
    ran: list[str] = []

    async def handler(request: bytes, context: Any) -> bytes:
        ran.append("ran")
        return b""

    async with talking({"m": one(handler)}, options=[("grpc.max_receive_message_length", 1000)]) as channel:
        with pytest.raises(grpc.aio.AioRpcError, match="RESOURCE_EXHAUSTED"):
            await calling(channel, b"x" * 2000)
    assert ran == []


async def test_a_retry_says_that_it_is_one() -> None:
    """So the server counts retries: a client in Python never hears of them."""
    seen: list[str | None] = []

    async def handler(request: bytes, context: Any) -> bytes:
        seen.append(dict(context.invocation_metadata()).get("grpc-previous-rpc-attempts"))
        await context.abort(grpc.StatusCode.UNAVAILABLE, "")
        return b""

    policy = {"maxAttempts": 3, "initialBackoff": "0.01s", "maxBackoff": "0.01s", "backoffMultiplier": 1}
    retried = {"name": [{}], "retryPolicy": {**policy, "retryableStatusCodes": ["UNAVAILABLE"]}}
    options = [("grpc.service_config", json.dumps({"methodConfig": [retried]}))]
    async with (
        serving({"m": one(handler)}) as (_, port),
        grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options) as channel,
    ):
        assert (await ended(channel))[0] == "UNAVAILABLE"
    assert seen == [None, "1", "2"]


def test_reflection_speaks_v1alpha_only() -> None:
    """So that is what is served; tools fall back to it."""
    assert importlib.util.find_spec("grpc_reflection.v1alpha")
    assert importlib.util.find_spec("grpc_reflection.v1") is None
