"""A span for each call, where this process has set OpenTelemetry up."""

import sys
from typing import TYPE_CHECKING, Any

import grpc

from .onward import Pairs

if TYPE_CHECKING:
    from opentelemetry.trace import Span


class Tracing:
    """Opens a span for each call of one method and hands its context on."""

    __slots__ = ("_attributes", "_context", "_name", "_propagator", "_trace", "_tracer")

    def __init__(self, rpc: str, target: str) -> None:
        from opentelemetry import context, propagate, trace

        self._context, self._trace = context, trace
        self._propagator = propagate.get_global_textmap()
        self._tracer = trace.get_tracer("market")
        self._name = rpc
        self._attributes = {
            "rpc.system.name": "grpc",
            "rpc.method": rpc,
            "server.address": target,
        }

    def start(self) -> "tuple[Span, Pairs]":
        """A span below the current one, and the metadata that tells of it."""
        kind = self._trace.SpanKind.CLIENT
        span = self._tracer.start_span(self._name, kind=kind, attributes=self._attributes)
        carrier: dict[str, Any] = {}
        self._propagator.inject(carrier, self._trace.set_span_in_context(span))
        return span, tuple(carrier.items())

    def end(self, span: "Span", code: grpc.StatusCode) -> None:
        """The call has ended."""
        if span.is_recording():
            span.set_attribute("rpc.response.status_code", code.name)
            if code is not grpc.StatusCode.OK:
                span.set_attribute("error.type", code.name)
                span.set_status(self._trace.StatusCode.ERROR)
        span.end()


def tracing(rpc: str, target: str) -> Tracing | None:
    """The tracing of a method; None, which costs nothing, without OpenTelemetry's SDK."""
    # A client must not be what loads it: whoever traces has done so.
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return None
    return Tracing(rpc, target)
