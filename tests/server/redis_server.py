"""A real Redis on a free port of this machine."""

import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest
from redis import Redis as Client

PASSWORD = "hunter2"

_START = 10.0


class Redis:
    """A server with a password, which can be killed and come back on the same port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    @property
    def url(self) -> str:
        """Where it is, password and all."""
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--requirepass", PASSWORD]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = Popen([*command, "--save", ""], cwd=self._folder, stdout=log, stderr=log)
        end = time.monotonic() + _START
        while time.monotonic() < end:
            with socket.socket() as ask:
                if ask.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError((self._folder / "redis.log").read_text())

    def connections(self) -> int:
        """How many others are connected."""
        with Client.from_url(self.url) as client:
            return int(client.info("clients")["connected_clients"]) - 1

    def hang(self) -> None:
        """Keep every connection and answer nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Answer again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as a machine that fails."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def running(folder: Path) -> Iterator[Redis]:
    """A Redis that answers; skips the test where none is installed."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    redis = Redis(folder)
    redis.start()
    try:
        yield redis
    finally:
        redis.kill()
