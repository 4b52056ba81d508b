"""A collector of spans: a real gRPC server that speaks OTLP, and keeps what it gets."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

SERVER, INTERNAL = 2, 1
"""Kinds of spans, as OTLP numbers them."""


@dataclass(slots=True)
class Collector:
    """What has arrived."""

    port: int = 0
    requests: list[Any] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        """What OTEL_EXPORTER_OTLP_ENDPOINT is set to."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def spans(self) -> list[Any]:
        """All spans, in the order of their arrival."""
        return [
            span for r in self.requests for s in r.resource_spans for scope in s.scope_spans for span in scope.spans
        ]

    def span(self, name: str) -> Any:
        """The one span of a name."""
        (found,) = (span for span in self.spans if span.name == name)
        return found

    @property
    def resource(self) -> dict[str, Any]:
        """Who sent them."""
        return attributes(self.requests[0].resource_spans[0].resource)


class _Service(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def Export(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._collector.requests.append(request)
        return trace_service_pb2.ExportTraceServiceResponse()


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port of this machine."""
    collector = Collector()
    server = grpc.server(ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(_Service(collector), server)  # type: ignore[no-untyped-call]
    collector.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield collector
    finally:
        server.stop(0)


def attributes(thing: Any) -> dict[str, Any]:
    """The attributes of a span or a resource."""
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in thing.attributes}
