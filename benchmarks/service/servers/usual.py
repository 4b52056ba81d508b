"""What a careful team writes today: an interceptor for each concern, each with the usual library.

    python usual.py asyncio|uvloop

PyJWT verifies each call's token, OpenTelemetry's own instrumentation makes the spans, structlog writes
the access log, prometheus_client counts by labels, protovalidate checks the request.
"""

import asyncio
import os
import sys
import time
import traceback
import uuid
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import jwt
import prometheus_client
import protovalidate
import structlog
from bare import run, serve
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.grpc import aio_server_interceptor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

LABELS = ("method", "code")
CALLS = prometheus_client.Counter("grpc_server_handled_total", "Calls by status.", LABELS)
SECONDS = prometheus_client.Histogram("grpc_server_handling_seconds", "How long calls take.", ("method",))
RUNNING = prometheus_client.Gauge("grpc_server_in_flight", "Calls in progress.", ("method",))

SUBJECT: ContextVar[str] = ContextVar("subject", default="")


class Interceptor(grpc.aio.ServerInterceptor):
    """Wraps the handlers of unary calls, and precedes those of streams."""

    async def intercept_service(self, continuation: Any, details: Any) -> Any:
        """Wrap what the rest of the chain found."""
        handler = await continuation(details)
        if handler is None:
            return None
        around = partial(self.around, details.method, dict(details.invocation_metadata))
        if handler.unary_unary:
            call = handler.unary_unary

            async def unary(request: Any, context: Any) -> Any:
                return await around(call, request, context)

            return grpc.unary_unary_rpc_method_handler(unary, handler.request_deserializer, handler.response_serializer)
        stream = handler.unary_stream

        async def replies(request: Any, context: Any) -> Any:
            async def first(request: Any, context: Any) -> None:
                """Streams pass the checks; what they send is theirs."""

            await around(first, request, context)
            async for reply in stream(request, context):
                yield reply

        return grpc.unary_stream_rpc_method_handler(replies, handler.request_deserializer, handler.response_serializer)

    async def around(self, method: str, metadata: Any, call: Any, request: Any, context: Any) -> Any:
        """One concern."""
        raise NotImplementedError


class Errors(Interceptor):
    """No exception's text leaves."""

    async def around(self, method: str, metadata: Any, call: Any, request: Any, context: Any) -> Any:
        """INTERNAL for anything unexpected."""
        try:
            return await call(request, context)
        except (grpc.aio.AbortError, asyncio.CancelledError):
            raise
        except Exception:
            traceback.print_exc()
            await context.abort(grpc.StatusCode.INTERNAL, "internal error")


class Metrics(Interceptor):
    """Counts, times, and knows what is in flight."""

    async def around(self, method: str, metadata: Any, call: Any, request: Any, context: Any) -> Any:
        """By method and status."""
        started = time.perf_counter()
        code = "OK"
        with RUNNING.labels(method).track_inprogress():
            try:
                return await call(request, context)
            except BaseException:
                code = str(context.code())
                raise
            finally:
                CALLS.labels(method, code).inc()
                SECONDS.labels(method).observe(time.perf_counter() - started)


class Logging(Interceptor):
    """A request id, and a line for each call."""

    def __init__(self) -> None:
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso"),
                structlog.processors.JSONRenderer(),
            ],
            logger_factory=structlog.PrintLoggerFactory(sys.stdout),
            cache_logger_on_first_use=True,
        )
        self._log = structlog.get_logger()

    async def around(self, method: str, metadata: Any, call: Any, request: Any, context: Any) -> Any:
        """Written when the call has ended."""
        started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=metadata.get("x-request-id") or uuid.uuid4().hex)
        try:
            return await call(request, context)
        finally:
            self._log.info("call", rpc=method, ms=(time.perf_counter() - started) * 1000, peer=context.peer())


class Deadline(Interceptor):
    """No call takes for ever."""

    async def around(self, method: str, metadata: Any, call: Any, request: Any, context: Any) -> Any:
        """The caller's deadline, or 30 seconds."""
        async with asyncio.timeout(min(context.time_remaining() or 30, 30)):
            return await call(request, context)


class Authentication(Interceptor):
    """Verifies the token of each call, and asks for the role."""

    def __init__(self) -> None:
        keys = jwt.PyJWKSet.from_json(Path(os.environ["AUTH_JWKS_FILE"]).read_text())
        self._keys = {key.key_id: key for key in keys.keys}

    async def around(self, method: str, metadata: Any, call: Any, request: Any, context: Any) -> Any:
        """UNAUTHENTICATED without a good one."""
        token = metadata.get("authorization", "").removeprefix("Bearer ")
        try:
            key = self._keys[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
                audience=os.environ["AUTH_AUDIENCE"],
                issuer=os.environ["AUTH_ISSUER"],
            )
        except (jwt.PyJWTError, KeyError):
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "no valid token")
        if "caller" not in claims.get("roles", ()):
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, "needs the role caller")
        SUBJECT.set(claims["sub"])
        return await call(request, context)


class RateLimit(Interceptor):
    """A token bucket for each peer."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}
        self._rate = 1_000_000.0

    async def around(self, method: str, metadata: Any, call: Any, request: Any, context: Any) -> Any:
        """RESOURCE_EXHAUSTED once it is empty."""
        now = time.monotonic()
        left, then = self._buckets.get(context.peer(), (self._rate, now))
        left = min(self._rate, left + (now - then) * self._rate)
        if left < 1:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many calls")
        self._buckets[context.peer()] = (left - 1, now)
        return await call(request, context)


class Validation(Interceptor):
    """The rules of buf.validate."""

    def __init__(self) -> None:
        self._validator = protovalidate.Validator()

    async def around(self, method: str, metadata: Any, call: Any, request: Any, context: Any) -> Any:
        """INVALID_ARGUMENT with the first thing that is wrong."""
        violations = self._validator.collect_violations(request)
        if violations:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, violations[0].proto.message)
        return await call(request, context)


def tracing() -> Any:
    """OpenTelemetry's own instrumentation."""
    sampler = ParentBased(TraceIdRatioBased(float(os.environ["OTEL_TRACES_SAMPLER_ARG"])))
    provider = TracerProvider(sampler=sampler)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(insecure=True)))
    trace.set_tracer_provider(provider)
    return aio_server_interceptor(tracer_provider=provider)


if __name__ == "__main__":
    run(
        serve(
            (
                Errors(),
                tracing(),
                Metrics(),
                Logging(),
                Deadline(),
                Authentication(),
                RateLimit(),
                Validation(),
            )
        )
    )
