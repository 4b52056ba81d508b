"""Limits that processes share by Redis, and calls while Redis is unavailable."""

import asyncio
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import pytest

from pyservice_runtime.core import Method
from pyservice_runtime.interceptors.limits import RateLimit
from pyservice_runtime.settings.environment import SettingsError

from .probe_service import (
    ECHO,
    ProbeService,
    method,
    probe_service,
    settings_for_tests,
    until,
)

OK = grpc.StatusCode.OK
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE

RARE = method("Rare", rate=0.01, burst=2)


async def codes(probe_server: ProbeService, *rpcs: Method) -> list[grpc.StatusCode | None]:
    """How calls end that are made one after the other."""
    return [(await probe_server.call(rpc)).code for rpc in rpcs]


# ------------------------------------------------------------------------------------------ Redis


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that processes share: what that takes is installed, and is not waited for long."""
    pytest.importorskip("redis", reason="redis is not installed: pip install '.[redis]'")
    from pyservice_runtime.redis import buckets as redis_buckets

    monkeypatch.setattr(redis_buckets, "_RECONNECT_SECONDS", 0.01)
    monkeypatch.setattr(redis_buckets, "_ANSWER_TIMEOUT_SECONDS", 5.0)


def free_port() -> int:
    """A free port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


WITHOUT = {
    "open": [OK, OK, OK],
    "local": [OK, OK, EXHAUSTED],
    "closed": [UNAVAILABLE, UNAVAILABLE, UNAVAILABLE],
}


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("failure", WITHOUT)
async def test_without_redis(failure: Any) -> None:
    """Calls end as RATE_LIMIT_REDIS_FAILURE says, and methods without a limit as ever."""
    url = f"redis://127.0.0.1:{free_port()}"
    settings = settings_for_tests(rate_limit_redis_url=url, rate_limit_redis_failure=failure)
    async with probe_service(settings, RARE, ECHO) as probe_server:
        assert await codes(probe_server, RARE, RARE, RARE) == WITHOUT[failure]
        # It is looked for again and again.
        await asyncio.sleep(0.1)
        assert await codes(probe_server, RARE) == WITHOUT[failure][-1:]
        assert await codes(probe_server, ECHO) == [OK]


@pytest.mark.usefixtures("shared")
def test_an_address_of_no_redis_stops_the_start() -> None:
    """One sentence says what it has to look like, and not what it is: it may have a password."""
    with pytest.raises(SettingsError, match="must be redis://") as caught:
        RateLimit(settings_for_tests(rate_limit_redis_url="http://:secret@host"))
    assert "secret" not in str(caught.value)


def test_redis_has_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says how; what fails to be imported otherwise says so itself."""
    ours = "pyservice_runtime.redis.buckets"
    for name in ("redis", "redis.asyncio", ours):
        monkeypatch.delitem(sys.modules, name, raising=False)
    # Packages that are loaded find their modules without it.
    monkeypatch.setattr(sys, "path", [])
    settings = settings_for_tests(rate_limit_redis_url="redis://127.0.0.1")
    with pytest.raises(SettingsError, match="install this project with its extra"):
        RateLimit(settings)
    monkeypatch.setitem(sys.modules, ours, None)
    with pytest.raises(ModuleNotFoundError, match=r"redis\.buckets"):
        RateLimit(settings)


class Redis:
    """A real one, empty, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.start()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "")
        self.process = subprocess.Popen(["redis-server", *options], cwd=self._folder, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert any("eady to accept" in line for line in self.process.stdout)

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def redis(tmp_path: Path, shared: None) -> Iterator[Redis]:
    """A Redis that answers."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    started = Redis(tmp_path)
    yield started
    started.kill()


async def test_processes_share_a_limit(redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    """Servers share their rates; while Redis hangs or is unavailable, calls continue without it."""
    url = f"redis://127.0.0.1:{redis.port}"
    settings = settings_for_tests(rate_limit_redis_url=url, rate_limit_redis_timeout=1)
    caplog.set_level("INFO")

    def logged(text: str) -> int:
        return caplog.text.count(f"rate limits are {text}")

    async with probe_service(settings, RARE) as one, probe_service(settings, RARE) as other:
        together = await asyncio.gather(*(probe_server.call(RARE) for probe_server in (one, other, one, other)))
        ends: Sequence[Any] = sorted(end.code.name for end in together if end.code)
        assert ends == ["OK", "OK", "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED"]
        redis.process.send_signal(signal.SIGSTOP)
        assert await codes(one, RARE) == [OK]
        redis.process.send_signal(signal.SIGCONT)
        redis.kill()
        assert await codes(other, RARE, RARE) == [OK, OK]
        await until(lambda: logged("not shared"))
        redis.start()
        await until(lambda: logged("shared") == logged("not shared"))
        assert await codes(other, RARE, RARE, RARE) == [OK, OK, EXHAUSTED]
