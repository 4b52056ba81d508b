"""The generated service as a process of its own, which never outlives the demo."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import DemoError
from .project import Project

_START = 20.0
"""Seconds that a server may take to listen, on a slow machine."""
_STOP = 30.0
"""Seconds that it may take to stop: longer than the grace it gives to calls in flight."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens on loopback, and the file that holds its log."""

    process: subprocess.Popen[bytes]
    log: Path
    listening: str
    """The log line with the port."""
    started: float
    """Seconds from the start of the process to that line."""

    @property
    def log_line(self) -> str:
        """That line, without what every log line has: its time, level and logger."""
        entry = json.loads(self.listening)
        return json.dumps({key: entry[key] for key in ("event", "grpc", "metrics", "health") if key in entry})

    @property
    def port(self) -> int:
        """The port for calls."""
        return int(json.loads(self.listening)["grpc"])

    @property
    def address(self) -> str:
        """Where to call it."""
        return f"127.0.0.1:{self.port}"

    def stop(self) -> int:
        """Send SIGTERM and wait; returns the exit code. Raises DemoError if it does not end."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(_STOP)
        except subprocess.TimeoutExpired:
            raise DemoError(
                f"the server did not stop within {_STOP:.0f} s of SIGTERM; its log is {self.log}."
            ) from None


@contextmanager
def serving(project: Project) -> Iterator[Server]:
    """Start ``python -m PACKAGE`` on free ports; it is stopped when the context ends. Raises DemoError."""
    log = project.folder.with_name(f"{project.folder.name}.log")
    start = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", project.package],
            cwd=project.folder,
            env=project.environment(GRPC_PORT="0", METRICS_PORT="0", LOG_FORMAT="json"),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        line = _wait_until_listening(process, log)
        yield Server(process, log, line, time.monotonic() - start)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _wait_until_listening(process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + _START
    while time.monotonic() < end:
        ended = process.poll()
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in lines:
            if _event(line) == "listening":
                return line
        if ended is not None:
            last = lines[-1] if lines else "it said nothing"
            raise DemoError(f"the server ended with {ended} before it listened ({last}); its log is {log}.")
        time.sleep(0.01)
    raise DemoError(f"the server did not listen within {_START:.0f} s; its log is {log}.")


def _event(line: str) -> object:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry.get("event") if isinstance(entry, dict) else None
