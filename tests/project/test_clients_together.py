"""Clients of several generated packages in one process: each has its own copy of the runtime."""

import json
import shutil
import sys
from pathlib import Path

from tests.support.command import run

_EXAMPLES = Path(__file__).parents[2] / "examples"

_CALLS = """
import asyncio, contextlib, json
import prometheus_client
import files.gen.clients, other.gen.clients, trading.gen.clients
from trading.gen import orderbook_pb2

async def fail(client, call):
    async with client:
        with contextlib.suppress(Exception):
            await call(client)

async def main(target):
    request = orderbook_pb2.OrderRequest()
    for package in trading, other:
        await fail(package.gen.clients.OrderBookClient(target), lambda client: client.place_order(request))
    await fail(files.gen.clients.FileServiceClient(target), lambda client: client.get_file(name="a"))

asyncio.run(main("127.0.0.1:1"))
name = "rpc_client_call_duration_seconds_count"
found = [s for f in prometheus_client.REGISTRY.collect() for s in f.samples if s.name == name]
print(json.dumps(sorted((s.labels["rpc_method"], s.value) for s in found)))
"""


def test_packages_share_the_registry(tmp_path: Path) -> None:
    """Their calls are served under the same names, and those of one method to one target are added up."""
    for source, package in (("orderbook/src/trading", "trading"), ("files/src/files", "files")):
        shutil.copytree(_EXAMPLES / source, tmp_path / package)
    shutil.copytree(tmp_path / "trading", tmp_path / "other")
    done = run([sys.executable, "-c", _CALLS], tmp_path, {"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 0, done.said
    assert json.loads(done.stdout) == [["files.v1.FileService/GetFile", 1.0], ["trading.OrderBook/PlaceOrder", 2.0]]
