"""A program that only calls a service installs three distributions, and no more is imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.harness import Project, make
from tests.support.command import run
from tests.support.server import serving

THREE = {"googleapis-common-protos", "grpcio", "protobuf"}
NEEDED_BY_THEM = {"typing_extensions"}
"""What those three install."""

CALL = """
import asyncio, json, sys
from shop.gen.clients import CartClient
from shop.errors import StatusError

async def main():
    async with CartClient(sys.argv[1]) as cart:
        try:
            await cart.add(sku="tea", timeout=10)
            return "answered"
        except StatusError as error:
            return type(error).__name__

print(json.dumps([asyncio.run(main()), sorted({name.partition(".")[0] for name in sys.modules})]))
"""
SERVERS = {
    "pydantic",
    "pydantic_settings",
    "prometheus_client",
    "opentelemetry",
    "jwt",
    "redis",
    "grpc_health",
    "uvloop",
}


@pytest.mark.first_hour
def test_three_distributions(tmp_path: Path) -> None:
    """Installed as its users install it, beside a server that runs elsewhere."""
    project: Project = make(tmp_path / "shop")
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", project.folder], check=True)
    listed = json.loads(run([str(python), "-m", "pip", "list", "--format", "json"], tmp_path).stdout)
    assert {one["name"].lower() for one in listed} - {"pip", "setuptools"} - NEEDED_BY_THEM == {*THREE, "shop"}
    with serving(project.folder, "shop", tmp_path / "log") as server:
        done = run([str(python), "-c", CALL, f"127.0.0.1:{server.port}"], tmp_path)
    answer, modules = json.loads(done.stdout)
    assert answer == "Unimplemented", "the handler is not written yet"
    assert not SERVERS.intersection(modules)
    start = run([str(python), "-m", "shop"], tmp_path)
    assert start.returncode == 2
    assert start.stderr.endswith("is not installed: run `make setup`, or pip install 'shop[server]'.\n")
