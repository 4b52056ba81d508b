"""A span for every call that is sampled, below the caller's own.

Imported only where an exporter is configured; OTEL_* variables mean what OpenTelemetry says they
mean. A span that a handler opens (``trace.get_tracer(__name__).start_as_current_span("...")``)
becomes a child of its call's.
"""

import asyncio
import importlib
import logging
import threading
import time
from urllib.parse import unquote

from opentelemetry import context, propagate, trace
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    ConsoleSpanExporter,
    SimpleSpanProcessor,
    SpanExporter,
)
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

from ..gen.registry import Method
from ..server.ports import StartError
from ..settings import Settings
from .call import Call, Steps
from .metrics import FAULTS
from .sampling import Lots, all_unsampled

_LOG = logging.getLogger(__name__)

_NAME = "trading"

_NOTHING = context.Context()

_LOT = TraceIdRatioBased.TRACE_ID_LIMIT
"""The bits of a trace's id that OpenTelemetry decides by."""

_FLUSH = 5.0
"""Seconds that a stopping service waits for the collector to take the last spans."""


class Tracing:
    """Continues the caller's trace, or starts one, as OTEL_TRACES_SAMPLER decides."""

    def __init__(self, settings: Settings) -> None:
        """Raises StartError for an exporter that is not installed."""
        self._lots = Lots()
        self._provider = _provider(settings, self._lots)
        self.context = all_unsampled()
        """What calls have to begin in."""
        self._tracer = self._provider.get_tracer(_NAME)
        self._propagator = propagate.get_global_textmap()
        self._keys = frozenset(self._propagator.fields)

    def steps(self, method: Method) -> Steps:
        """One span a call, named like the method."""
        name = method.path[1:]
        attributes = {"rpc.system.name": "grpc", "rpc.method": name}
        keys, lots, bound = self._keys, self._lots, self._lots.bound

        def before(call: Call) -> None:
            parent = _NOTHING
            if not keys.isdisjoint(call.headers):
                parent = self._parent(call)
            elif call.number & _LOT >= bound:
                return
            else:
                lots.draw(call.number)
            span = self._tracer.start_span(name, parent, trace.SpanKind.SERVER, attributes)
            # Each call is a task with a context of its own, which ends with it: nothing to detach.
            context.attach(trace.set_span_in_context(span, parent))
            call.span = span
            call.closing = (_end,)
            if span.is_recording():
                call.trace_id = trace.format_trace_id(span.get_span_context().trace_id)

        return Steps(before=before)

    async def close(self) -> None:
        """Send what is left; gives up on a collector that does not take it."""
        # A thread that nobody waits for: a dead collector would keep the process alive.
        sender = threading.Thread(target=self._provider.shutdown, daemon=True)
        sender.start()
        end = time.monotonic() + _FLUSH
        while sender.is_alive():
            if time.monotonic() > end:
                _LOG.warning("the last spans were not sent: the collector does not take them")
                return
            await asyncio.sleep(0.01)

    def _parent(self, call: Call) -> context.Context:
        carrier = {key: value for key, value in call.headers.items() if isinstance(value, str)}
        return self._propagator.extract(carrier, _NOTHING)


def _end(call: Call) -> None:
    span: trace.Span = call.span
    if span.is_recording():
        code = call.code
        span.set_attribute("rpc.response.status_code", code.name)
        span.set_attribute("network.peer.address", _address(call.peer))
        span.set_attribute("request_id", call.request_id)
        if code in FAULTS:
            span.set_attribute("error.type", code.name)
            span.set_status(trace.StatusCode.ERROR)
    span.end()


def _address(peer: str) -> str:
    """``ipv6:%5B::1%5D:50000`` -> ``::1``."""
    kind, _, rest = unquote(peer).partition(":")
    return rest.rpartition(":")[0].strip("[]") if kind.startswith("ip") else rest


def _provider(settings: Settings, lots: Lots) -> TracerProvider:
    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False, id_generator=lots)
    if settings.traces_exporter == "console":
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
    else:
        provider.add_span_processor(BatchSpanProcessor(_otlp(settings)))
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        # What handlers and libraries open spans with; a process can set it once.
        trace.set_tracer_provider(provider)
    return provider


def _resource() -> Resource:
    given = OTELResourceDetector().detect().attributes.get(SERVICE_NAME)
    return Resource.create({} if given else {SERVICE_NAME: _NAME})


def _otlp(settings: Settings) -> SpanExporter:
    if settings.otlp_protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter()
    try:
        http = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ModuleNotFoundError:
        raise StartError(
            "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf: "
            "install opentelemetry-exporter-otlp-proto-http."
        ) from None
    exporter: SpanExporter = http.OTLPSpanExporter()
    return exporter
