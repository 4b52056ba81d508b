"""What tells others how the service is doing: metrics for Prometheus, spans for a collector."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import Context
from typing import NamedTuple

import grpc

from ..interceptors.call import Concern
from ..interceptors.metrics import Metrics, UnknownMethods
from ..settings import Settings


class Telemetry(NamedTuple):
    """What stands around every call because of it."""

    concerns: tuple[Concern, ...] = ()
    """The outermost ones: what the others refuse is seen too."""
    fallback: tuple[grpc.GenericRpcHandler, ...] = ()
    """Asked for a method that nobody else has."""
    context: Context | None = None
    """What calls have to begin in."""
    port: int | None = None
    """The port of METRICS_PORT; None without metrics."""


@asynccontextmanager
async def telemetry(settings: Settings) -> AsyncIterator[Telemetry]:
    """Collect while the context is open, and send the rest when it ends. Raises StartError.

    What is switched off is not even imported, and costs calls nothing.
    """
    now = Telemetry()
    async with AsyncExitStack() as open_parts:
        if settings.traces_exporter != "none":
            from ..interceptors.tracing import Tracing

            tracing = Tracing(settings)
            open_parts.push_async_callback(tracing.close)
            now = now._replace(concerns=(tracing,), context=tracing.context)
        if settings.metrics:
            from .metrics import metrics_endpoint

            metrics = Metrics()
            port = await open_parts.enter_async_context(metrics_endpoint(metrics, settings))
            now = now._replace(
                concerns=(metrics, *now.concerns),
                fallback=(UnknownMethods(metrics),),
                port=port,
            )
        yield now
