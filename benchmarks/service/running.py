"""Servers and callers as processes of their own."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

from benchmarks.environment import Environment
from benchmarks.service.variants import OURS, Variant

_LOAD = Path(__file__).with_name("load.py")
_START = 30.0
"""Seconds until a server listens, at most."""


class ServerError(RuntimeError):
    """A server did not start; the message has its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A variant that answers."""

    variant: Variant
    process: "Popen[bytes]"
    port: int
    metrics_port: int
    log: Path

    def cpu_seconds(self) -> float:
        """CPU time of all its threads so far, by the kernel's clock of that process."""
        return time.clock_gettime((~self.process.pid << 3) | 2)


@contextmanager
def serving(environment: Environment, variant: Variant, settings: Mapping[str, str], work: Path) -> Iterator[Server]:
    """A server until the context ends. Raises ServerError."""
    log = work / f"{variant.name}.log"
    with log.open("wb") as out:
        process = Popen(
            [str(environment.python), *variant.command],
            env={**environment.variables(), **variant.variables(settings)},
            cwd=work,
            stdout=out,
            stderr=out,
        )
    try:
        port, metrics_port = _ports(process, variant, log)
        yield Server(variant, process, port, metrics_port, log)
    finally:
        process.terminate()
        process.wait()


def _ports(process: "Popen[bytes]", variant: Variant, log: Path) -> tuple[int, int]:
    """The ports that a server says it listens on."""
    end = time.monotonic() + _START
    while time.monotonic() < end and process.poll() is None:
        for line in log.read_text().splitlines(keepends=True):
            if variant.server != OURS and line.strip().isdecimal():
                return int(line), 0
            if variant.server == OURS and '"listening"' in line and line.endswith("\n"):
                said = json.loads(line)
                return said["grpc"], said.get("metrics", 0)
        time.sleep(0.02)
    raise ServerError(f"{variant.name} does not listen:\n{log.read_text()}")


@dataclass(frozen=True, slots=True)
class Order:
    """Calls to make."""

    method: str
    request: bytes
    calls: int
    in_flight: int
    metadata: tuple[tuple[str, str], ...]
    streams: bool = False


class Callers:
    """Processes that make calls together."""

    def __init__(self, processes: "list[Popen[str]]") -> None:
        self._processes = processes

    def call(self, port: int, order: Order) -> list[dict[str, Any]]:
        """Have an order's calls made, shared among the processes; what each says of its own."""
        each = len(self._processes)
        shared = {
            "port": port,
            "method": order.method,
            "request": order.request.hex(),
            "metadata": order.metadata,
            "streams": order.streams,
            "calls": order.calls // each,
            "in_flight": order.in_flight // each,
        }
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(json.dumps(shared) + "\n")
            process.stdin.flush()
        return [json.loads(process.stdout.readline()) for process in self._processes if process.stdout is not None]


@contextmanager
def callers(environment: Environment, number: int) -> Iterator[Callers]:
    """So many processes, until the context ends."""
    command = [str(environment.python), str(_LOAD)]
    started = [Popen(command, stdin=PIPE, stdout=PIPE, text=True, env=environment.variables()) for _ in range(number)]
    try:
        yield Callers(started)
    finally:
        for process in started:
            process.kill()
            process.wait()
