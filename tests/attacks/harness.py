"""A service that is attacked: started as people start it, and watched from outside."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any
from urllib.request import urlopen

import grpc
from grpc_health.v1 import health_pb2

from tests.attacks.targets import Method, Project
from tests.server.harness import Scrape
from tests.server.issuer import SETTINGS, Signer, key_set, rsa_signer
from tests.support.command import environment

_INSTRUMENTED = Path(__file__).with_name("instrumented.py")
_START_SECONDS = 30.0
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class State:
    """What a process holds."""

    memory: int
    """Bytes that are resident."""
    files: int
    threads: int
    tasks: int


@dataclass(slots=True)
class ServerUnderAttack:
    """A running service."""

    project: Project
    process: "Popen[bytes]"
    log: Path
    signer: Signer
    ports: Mapping[str, int] = field(default_factory=dict)
    credentials: grpc.ChannelCredentials | None = None
    authorities: Path | None = None
    """Who signed its certificate, if it has one."""

    @property
    def port(self) -> int:
        """Where calls come in."""
        return self.ports["grpc"]

    @property
    def authorization(self) -> str:
        """What a caller with all roles sends."""
        return f"Bearer {self.token()}"

    @property
    def metadata(self) -> list[tuple[str, str]]:
        """The same, as a header."""
        return [("authorization", self.authorization)]

    def token(self, **claims: Any) -> str:
        """A token that may do everything, unless the claims say otherwise."""
        return self.signer.token(**{**self.project.target.claims, **claims})

    def method(self, kind: str) -> Method:
        """One of its calls."""
        return self.project.method(kind)

    @contextmanager
    def channel(self, probe: str = "grpc") -> Iterator[grpc.Channel]:
        """A channel with a connection of its own."""
        alone = [("grpc.use_local_subchannel_pool", 1)]
        address = f"localhost:{self.ports[probe]}"
        opened = (
            grpc.secure_channel(address, self.credentials, alone)
            if self.credentials and probe == "grpc"
            else grpc.insecure_channel(address, alone)
        )
        with opened as channel:
            yield channel

    def said(self) -> str:
        """Everything in its log so far."""
        return self.log.read_text(errors="replace")

    def scrape(self) -> Scrape:
        """The metrics as Prometheus sees them."""
        with urlopen(f"http://127.0.0.1:{self.ports['metrics']}/metrics", timeout=10) as reply:
            return Scrape(reply.read().decode())

    def state(self) -> State:
        """What it holds at the moment."""
        scrape = self.scrape()
        return State(
            self.memory(),
            len(os.listdir(f"/proc/{self.process.pid}/fd")),
            len(os.listdir(f"/proc/{self.process.pid}/task")),
            int(scrape.value("service_tasks")),
        )

    def memory(self, name: str = "VmRSS") -> int:
        """Bytes that are resident; with ``VmHWM`` the most that were since `forget_peak`."""
        with open(f"/proc/{self.process.pid}/status") as status:
            (line,) = (line for line in status if line.startswith(f"{name}:"))
        return int(line.split()[1]) * 1024

    def forget_peak(self) -> None:
        """Begin to measure the peak of memory anew."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def health(self, channel: grpc.Channel) -> str:
        """What Check says."""
        check: Any = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            health_pb2.HealthCheckRequest.SerializeToString,
            health_pb2.HealthCheckResponse.FromString,
        )
        reply = check(health_pb2.HealthCheckRequest(), timeout=10)
        return str(health_pb2.HealthCheckResponse.ServingStatus.Name(reply.status))


def call(
    channel: grpc.Channel, method: Method, authorization: str = "", timeout: float = 10, **options: Any
) -> tuple[str, str]:
    """Make a call and read its responses, one of an endless stream; return status and details."""
    metadata = [*options.pop("metadata", ()), *([("authorization", authorization)] if authorization else [])]
    start: Any = getattr(channel, method.kind)(method.path, None, None)
    sent: Any = iter(method.requests) if method.client_streaming else method.requests[0]
    try:
        if not method.server_streaming:
            start(sent, metadata=metadata, timeout=timeout, **options)
            return "OK", ""
        replies = start(sent, metadata=metadata, timeout=timeout, **options)
        next(iter(replies), None)
        replies.cancel()
    except grpc.RpcError as error:
        return error.code().name, error.details() or ""
    return "OK", ""


@contextmanager
def running(project: Project, folder: Path, **settings: object) -> Iterator[ServerUnderAttack]:
    """Run the service on free ports with token authentication; SIGTERM has to end it with exit code 0."""
    signer = rsa_signer("good")
    keys = folder / "keys.json"
    keys.write_text(key_set(signer))
    given = {
        "GRPC_PORT": "0",
        "METRICS_PORT": "0",
        **SETTINGS,
        "AUTH_JWKS_FILE": str(keys),
        "PYTHONPATH": str(project.folder / "src"),
        **project.target.settings,
        **{name: str(value) for name, value in settings.items()},
    }
    log = folder / "log"
    command = [sys.executable, str(_INSTRUMENTED), project.target.package]
    with log.open("wb") as out:
        process = Popen(command, cwd=folder, env=environment(given), stdout=out, stderr=out)
    server = ServerUnderAttack(project, process, log, signer)
    try:
        server.ports = _ports(server)
        yield server
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0, server.said()[-4000:]
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _ports(server: ServerUnderAttack) -> Mapping[str, int]:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and server.process.poll() is None:
        for line in server.said().splitlines(keepends=True):
            if "listening" in line and line.endswith("\n"):
                return {name: int(port) for name, port in re.findall(r"\b(grpc|metrics|health)\W{1,3}(\d+)", line)}
        time.sleep(0.02)
    raise AssertionError(f"it did not say that it listens:\n{server.said()}")
