"""A generated service as a process of its own, and the calls that tests make to it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from tests.support.command import environment

_START, _CALL = 30.0, 10.0
"""Seconds a service may take until it listens, and a call until it is answered: far more than they need."""


@dataclass(frozen=True, slots=True)
class Rpc:
    """One RPC, as its descriptor has it."""

    service: str
    name: str
    client_streaming: bool
    server_streaming: bool

    @property
    def path(self) -> str:
        """What callers put on the wire."""
        return f"/{self.service}/{self.name}"


RUNTIME = Path(__file__).parents[2] / "templates" / "runtime"
"""In place of the installed distribution, for projects with runtime=package."""


@dataclass(frozen=True, slots=True)
class Server:
    """A service that has said that it listens."""

    process: subprocess.Popen[bytes]
    port: int

    def stop(self, within: float) -> int:
        """Send SIGTERM and return the exit code. Raises TimeoutExpired."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within)


@contextmanager
def serving(project: Path, package: str, log: Path) -> Iterator[Server]:
    """Start ``python -m <package>`` on a free port; ``log`` gets all it prints.

    Raises AssertionError with the log if it does not start to listen.
    """
    path = os.pathsep.join((str(project / "src"), str(RUNTIME)))
    extra = {"PYTHONPATH": path, "GRPC_PORT": "0", "METRICS_PORT": "0"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", package], cwd=project, env=environment(extra), stdout=out, stderr=out
        )
    try:
        yield Server(process, _port(process, log))
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    end = time.monotonic() + _START
    while time.monotonic() < end:
        ended = process.poll() is not None
        for line in log.read_text().splitlines(keepends=True):
            if line.startswith("{") and line.endswith("\n"):
                event = json.loads(line)
                if event["event"] == "listening":
                    return int(event["grpc"])
        if ended:
            break
        time.sleep(0.02)
    raise AssertionError(f"the service did not say that it listens:\n{log.read_text()}")


def rpcs(descriptors: Path, targets: tuple[str, ...]) -> Iterator[tuple[str, tuple[Rpc, ...]]]:
    """Each service of the targets with its RPCs, read from a descriptor set."""
    for file in FileDescriptorSet.FromString(descriptors.read_bytes()).file:
        for service in file.service if file.name in targets else ():
            full = f"{file.package}.{service.name}".lstrip(".")
            yield full, tuple(_rpc(full, method) for method in service.method)


def _rpc(service: str, method: MethodDescriptorProto) -> Rpc:
    return Rpc(service, method.name, method.client_streaming, method.server_streaming)


def health(channel: grpc.Channel, service: str) -> str:
    """What the health service says about a service: the name of its status."""
    check = channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        health_pb2.HealthCheckRequest.SerializeToString,
        health_pb2.HealthCheckResponse.FromString,
    )
    response = check(health_pb2.HealthCheckRequest(service=service), timeout=_CALL)
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(response.status))


def listed(channel: grpc.Channel) -> set[str]:
    """The services that reflection lists."""
    response = _reflect(channel, reflection_pb2.ServerReflectionRequest(list_services=""))
    return {service.name for service in response.list_services_response.service}


def described(channel: grpc.Channel, service: str) -> set[str]:
    """The RPCs that reflection describes for a service: what grpcurl and others call by."""
    response = _reflect(channel, reflection_pb2.ServerReflectionRequest(file_containing_symbol=service))
    files = [FileDescriptorProto.FromString(file) for file in response.file_descriptor_response.file_descriptor_proto]
    return {
        method.name
        for file in files
        for found in file.service
        if f"{file.package}.{found.name}".lstrip(".") == service
        for method in found.method
    }


def _reflect(
    channel: grpc.Channel, request: reflection_pb2.ServerReflectionRequest
) -> reflection_pb2.ServerReflectionResponse:
    ask = channel.stream_stream(
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        reflection_pb2.ServerReflectionRequest.SerializeToString,
        reflection_pb2.ServerReflectionResponse.FromString,
    )
    (response,) = ask(iter([request]), timeout=_CALL)
    return response


def refusal(channel: grpc.Channel, rpc: Rpc) -> tuple[grpc.StatusCode, str]:
    """Call an RPC with one empty message; the status and words that it ends with."""
    request: Any = iter([b""]) if rpc.client_streaming else b""
    try:
        # Without serializers, bytes go out and come in.
        if rpc.server_streaming:
            start = channel.stream_stream if rpc.client_streaming else channel.unary_stream
            list(start(rpc.path)(request, timeout=_CALL))
        else:
            single = channel.stream_unary if rpc.client_streaming else channel.unary_unary
            single(rpc.path)(request, timeout=_CALL)
    except grpc.RpcError as error:
        return error.code(), error.details() or ""
    return grpc.StatusCode.OK, ""
