"""The service that the tests of pipeline, telemetry, validation, audit and health call."""

import asyncio
import importlib
import json
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any
from urllib.request import urlopen

import grpc
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_health.v1 import health_pb2
from prometheus_client.parser import text_string_to_metric_families

from tests.support.command import Finished, environment
from tests.support.protoc import GOOGLEAPIS, protoc

COUNTED_SECONDS = 0.5
"""How long calls that have ended for their callers may take to be counted."""

SOURCES = Path(__file__).with_name("lab")
OPTIONS = Path(__file__).parents[2] / "protoc_gen_pyservice" / "include"

_START = 30.0
"""Seconds until a process listens, at most."""


def generate(proto: str, folder: Path) -> Finished:
    """Generate the project of a proto in lab/ into a folder."""
    folder.mkdir(parents=True)
    rules = folder.with_suffix(".binpb")
    rules.write_bytes(validate_rules())
    return protoc(
        f"--descriptor_set_in={rules}",
        *(f"-I{root}" for root in (SOURCES, OPTIONS, GOOGLEAPIS)),
        "--pyservice_out=.",
        proto,
        cwd=folder,
    )


def validate_rules() -> bytes:
    """buf/validate/validate.proto and what it imports, compiled: protovalidate ships no source of it."""
    from protovalidate._gen.buf.validate.validate_pb import FieldPath

    rules = FileDescriptorProto.FromString(FieldPath.desc().file.proto.to_binary())
    files = FileDescriptorSet()
    for name in rules.dependency:
        module = importlib.import_module(f"{name.removesuffix('.proto').replace('/', '.')}_pb2")
        module.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.append(rules)
    return files.SerializeToString()


@dataclass(frozen=True, slots=True)
class LabProject:
    """The generated project: run inside this process, or as one of its own."""

    folder: Path

    def module(self, name: str) -> Any:
        """One of its modules."""
        return importlib.import_module(f"lab.{name}")

    @property
    def pb2(self) -> Any:
        """Its messages."""
        return self.module("gen.lab_pb2")

    @property
    def events(self) -> list[str]:
        """What went on in the handlers since this process began."""
        events: list[str] = self.module("handlers.lab").EVENTS
        return events

    @asynccontextmanager
    async def running(
        self, checks: Sequence[Any] = (), interceptors: Sequence[Any] = (), **settings: Any
    ) -> AsyncIterator["LabServer"]:
        """The service inside this process, on free ports."""
        server = self.module("runtime.server")

        @asynccontextmanager
        async def parts(_: Any) -> AsyncIterator[Any]:
            yield server.Application(checks=checks, grpc_interceptors=interceptors)

        given = {"grpc_port": 0, "metrics_port": 0, "shutdown_grace": 0, **settings}
        registry = self.module("gen.registry").REGISTRY
        async with (
            server.running(registry, self.module("settings").Settings(**given), parts) as now,
            grpc.aio.insecure_channel(f"127.0.0.1:{now.port}") as channel,
        ):
            yield LabServer(self, now, channel)

    @contextmanager
    def process(self, log: Path, **settings: str) -> Iterator["ServerProcess"]:
        """The service as a process of its own, on free ports; it is killed if it is still there at the end."""
        given = {"GRPC_PORT": "0", "METRICS_PORT": "0", "PYTHONPATH": str(self.folder / "src"), **settings}
        with log.open("wb") as out:
            process = Popen(
                [sys.executable, "-m", "lab"], cwd=log.parent, env=environment(given), stdout=out, stderr=out
            )
        lab_process = ServerProcess(process, log)
        try:
            lab_process.wait_for("listening")
            yield lab_process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A service in a process of its own."""

    process: Popen[bytes]
    log: Path

    def events(self) -> list[dict[str, Any]]:
        """What it has logged."""
        lines = self.log.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]

    def wait_for(self, event: str) -> dict[str, Any]:
        """The first event of a name. Raises AssertionError with the log if it does not come."""
        end = time.monotonic() + _START
        while time.monotonic() < end:
            ended = self.process.poll() is not None
            for line in self.events():
                if line["event"] == event:
                    return line
            if ended:
                break
            time.sleep(0.02)
        raise AssertionError(f"no event {event!r}:\n{self.log.read_text()}")

    def port(self, name: str = "grpc") -> int:
        """One of the ports that it listens on."""
        return int(self.wait_for("listening")[name])

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to stop."""
        self.process.send_signal(number)


@dataclass(frozen=True, slots=True)
class LabServer:
    """A service inside this process, and a channel to it."""

    lab: LabProject
    now: Any
    channel: grpc.aio.Channel

    def ask(self, **fields: Any) -> Any:
        """A request."""
        return self.lab.pb2.Ask(**fields)

    def call(self, method: str, requests: Any, **options: Any) -> Any:
        """Start a call; ``method`` is ``Service/Method``, ``requests`` one message or an iterator."""
        return start(self.lab, self.channel, method, requests, **options)

    async def end(self, method: str, requests: Any, **options: Any) -> "End":
        """Make a call and read all that comes."""
        return await finish(self.call(method, requests, **options))

    async def health(self, service: str = "") -> str:
        """What Check says about a service: the name of its status."""
        return await health(self.channel, service)

    async def scrape(self) -> "Scrape":
        """The metrics as Prometheus sees them."""
        return await scrape(self.now.metrics_port)

    async def counted(self) -> "Scrape":
        """The same once no call is in progress: one is counted a moment after its caller has its status."""
        end = time.monotonic() + COUNTED_SECONDS
        while True:
            seen = await scrape(self.now.metrics_port)
            running = sum(value for _, value in seen.samples("rpc_server_active_calls"))
            if not running or time.monotonic() > end:
                return seen
            await asyncio.sleep(0.01)


@dataclass(frozen=True, slots=True)
class End:
    """How a call ended, for its caller."""

    code: grpc.StatusCode
    details: str
    responses: tuple[Any, ...]
    trailing: Mapping[str, str | bytes]

    @property
    def name(self) -> str:
        """The name of the status."""
        return self.code.name


def start(lab: LabProject, channel: grpc.aio.Channel, method: str, requests: Any, **options: Any) -> Any:
    """Start a call of ``Service/Method``, with a time limit unless one is given."""
    path = f"/lab.v1.{method}"
    registry = lab.module("gen.registry").REGISTRY
    (found,) = (method for method in registry.methods if method.path == path)
    kind = "_".join("stream" if streams else "unary" for streams in found.kind.value)
    options = {"timeout": 10, **options}
    callable_: Any = getattr(channel, kind)(path, _bytes, found.response.FromString)
    return callable_(requests, **options)


def _bytes(request: Any) -> bytes:
    """Return the bytes of a request; a test can send bytes that cannot be decoded."""
    return request if isinstance(request, bytes) else bytes(request.SerializeToString())


async def finish(call: Any) -> End:
    """Read a call to its end."""
    responses: list[Any] = []
    try:
        if hasattr(call, "__aiter__"):
            while (response := await call.read()) is not grpc.aio.EOF:
                responses.append(response)
        else:
            responses.append(await call)
    except grpc.aio.AioRpcError:
        pass
    trailing = dict(tuple(await call.trailing_metadata() or ()))
    return End(await call.code(), await call.details() or "", tuple(responses), trailing)


async def health(channel: grpc.aio.Channel, service: str = "") -> str:
    """What Check says about a service: the name of its status."""
    check = channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        health_pb2.HealthCheckRequest.SerializeToString,
        health_pb2.HealthCheckResponse.FromString,
    )
    response = await check(health_pb2.HealthCheckRequest(service=service), timeout=10)
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(response.status))


def watch(channel: grpc.aio.Channel, service: str = "") -> Any:
    """A Watch of a service."""
    start_watch = channel.unary_stream(
        "/grpc.health.v1.Health/Watch",
        health_pb2.HealthCheckRequest.SerializeToString,
        health_pb2.HealthCheckResponse.FromString,
    )
    return start_watch(health_pb2.HealthCheckRequest(service=service), timeout=30)


@dataclass(frozen=True, slots=True)
class Scrape:
    """What /metrics said."""

    text: str

    def value(self, name: str, **labels: str) -> float:
        """The sum of all samples of a name that have these labels."""
        return sum(value for found, value in self.samples(name) if labels.items() <= found.items())

    def samples(self, name: str) -> list[tuple[dict[str, str], float]]:
        """The samples of a name: labels and value."""
        families = text_string_to_metric_families(self.text)
        return [(s.labels, s.value) for family in families for s in family.samples if s.name == name]

    def calls(self) -> dict[tuple[str, str], float]:
        """(method, status) -> how many calls were counted; methods without their package."""
        counts = self.samples("rpc_server_call_duration_seconds_count")
        return {
            (labels["rpc_method"].removeprefix("lab.v1."), labels["rpc_response_status_code"]): value
            for labels, value in counts
        }


async def scrape(port: int) -> Scrape:
    """Ask a metrics port of this machine."""

    def read() -> str:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as response:
            return str(response.read().decode())

    return Scrape(await asyncio.to_thread(read))


async def stream(*messages: Any, pause: float = 0) -> AsyncIterator[Any]:
    """Messages as a stream of requests, which then ends."""
    for message in messages:
        yield message
        await asyncio.sleep(pause)


async def until(condition: Any, within: float = 5) -> None:
    """Wait until a condition holds. Raises AssertionError if it never does."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it never came true"
        await asyncio.sleep(0.005)
