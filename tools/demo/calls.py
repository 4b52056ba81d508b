"""Calls that any generated server answers, made with what every gRPC client has: no generated code."""

import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor_pb2 import FileDescriptorProto, MethodDescriptorProto
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from .errors import DemoError
from .show import WIDTH

_TIMEOUT = 5.0
_STANDARD = ("grpc.health.", "grpc.reflection.")


@dataclass(frozen=True, slots=True)
class Rpc:
    """One RPC as reflection describes it."""

    service: str
    method: MethodDescriptorProto

    @property
    def path(self) -> str:
        """``/orders.v1.OrderBook/PlaceOrder``."""
        return f"/{self.service}/{self.method.name}"

    @property
    def kind(self) -> str:
        """Which sides are streams, in words."""
        sides = (self.method.client_streaming, self.method.server_streaming)
        return " -> ".join("stream" if side else "unary" for side in sides)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call ended."""

    code: str
    details: str
    milliseconds: float


def open_channel(address: str) -> grpc.Channel:
    """A channel to this machine; a proxy that the environment names would not know the way."""
    return grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])


def health(channel: grpc.Channel, service: str = "") -> str:
    """The status that grpc.health.v1 gives for a service, or for the whole server."""
    request = health_pb2.HealthCheckRequest(service=service)
    try:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        reply = stub.Check(request, timeout=_TIMEOUT)
    except grpc.RpcError as error:
        raise DemoError(f"the health service answered {_code(error)}.") from None
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(reply.status))


def services(channel: grpc.Channel) -> list[str]:
    """The services that reflection lists."""
    reply = _ask(channel, reflection_pb2.ServerReflectionRequest(list_services=""))
    return sorted(service.name for service in reply.list_services_response.service)


def rpcs(channel: grpc.Channel, names: list[str]) -> Iterator[Rpc]:
    """Every RPC of these services but the standard ones."""
    for name in names:
        if not name.startswith(_STANDARD):
            yield from _methods(channel, name)


def _methods(channel: grpc.Channel, service: str) -> Iterator[Rpc]:
    reply = _ask(channel, reflection_pb2.ServerReflectionRequest(file_containing_symbol=service))
    for content in reply.file_descriptor_response.file_descriptor_proto:
        file = FileDescriptorProto.FromString(content)
        for found in file.service:
            if f"{file.package}.{found.name}".lstrip(".") == service:
                yield from (Rpc(service, method) for method in found.method)


def _ask(
    channel: grpc.Channel, request: reflection_pb2.ServerReflectionRequest
) -> reflection_pb2.ServerReflectionResponse:
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    try:
        reply: reflection_pb2.ServerReflectionResponse = next(
            stub.ServerReflectionInfo(iter([request]), timeout=_TIMEOUT)
        )
        return reply
    except grpc.RpcError as error:
        raise DemoError(f"reflection answered {_code(error)}.") from None


def call_empty(channel: grpc.Channel, rpc: Rpc) -> Answer:
    """Call an RPC with an empty message, which has zero bytes."""
    open_call = getattr(channel, rpc.kind.replace(" -> ", "_"))
    call = open_call(rpc.path, request_serializer=bytes, response_deserializer=bytes)
    request = iter([b""]) if rpc.method.client_streaming else b""
    start = time.perf_counter()
    try:
        reply = call(request, timeout=_TIMEOUT)
        if rpc.method.server_streaming:
            list(reply)
    except grpc.RpcError as error:
        return Answer(_code(error), str(error.details()), _since(start))
    return Answer("OK", "", _since(start))


def describe(rpc: Rpc, answer: Answer) -> list[str]:
    """A call and its answer, for people."""
    head = f"{rpc.service.rpartition('.')[2]}/{rpc.method.name}  {rpc.kind}"
    lines = [f"{head}{f'{answer.milliseconds:.1f} ms':>{WIDTH - 3 - len(head)}}", "  > an empty request"]
    wrapped = textwrap.wrap(f"{answer.code}: {answer.details}", WIDTH - 8, break_long_words=False)
    return [*lines, f"  < {wrapped[0]}", *(f"    {line}" for line in wrapped[1:])]


def _code(error: grpc.RpcError) -> str:
    return str(error.code().name)


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000
