"""A PostgreSQL of the tests' own: a new cluster in a folder, on a free loopback port."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

_DEBIAN = Path("/usr/lib/postgresql")
_START = 30.0
_USER = "nobody" if os.geteuid() == 0 else None
"""PostgreSQL refuses to be run by root."""


def programs() -> Path | None:
    """The folder with initdb and postgres; None where PostgreSQL is not installed."""
    for folder in sorted(_DEBIAN.glob("*/bin"), reverse=True):
        if (folder / "initdb").is_file():
            return folder
    found = shutil.which("initdb")
    return Path(found).parent if found else None


@dataclass(slots=True)
class Cluster:
    """A cluster that can be stopped and started again."""

    programs: Path
    folder: Path
    port: int
    password: str = field(repr=False)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What DATABASE_URL says."""
        return f"postgresql://tester:{self.password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = (
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
        )
        flags = [part for option in options for part in ("-c", option)]
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), *flags]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, user=_USER)
        end = time.monotonic() + _START
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < end, (self.folder / "log").read_text()
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop it at once; connections break."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_START)
            self._process = None

    def empty(self) -> None:
        """Drop everything in it."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")


@contextmanager
def cluster(found: Path) -> Iterator[Cluster]:
    """A running cluster, which is gone when the context ends."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        now = Cluster(found, folder, _free_port(), secrets.token_hex(8))
        password = folder / "password"
        password.write_text(now.password)
        if _USER is not None:
            for path in (folder, password):
                shutil.chown(path, _USER)
        command: Sequence[str] = (
            str(found / "initdb"),
            f"--pgdata={folder / 'data'}",
            "--username=tester",
            "--auth=scram-sha-256",
            f"--pwfile={password}",
            "--no-sync",
        )
        done = subprocess.run(command, capture_output=True, text=True, user=_USER)
        assert done.returncode == 0, done.stderr
        now.start()
        try:
            yield now
        finally:
            now.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
