"""Start the server, keep it until a signal, stop it in good order."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import grpc

from .. import app
from ..settings import Settings
from . import health as health_service
from .application import Application
from .concerns import Concerns
from .dependencies import followed, verify
from .handlers import Handlers
from .health import SERVING, Health
from .logs import set_up_logging
from .ports import StartError, bind
from .probes import probes
from .reflection import SERVICE as REFLECTION
from .reflection import Reflection
from .shutdown import shut_down, stop_signal
from .telemetry import telemetry
from .tls import server_credentials
from .transport import COMPRESSION, server_options
from .wiring import WiringError, find_handlers
from .worker import Worker

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    port: int
    """The port that calls come in on."""
    metrics_port: int | None
    """The port of METRICS_PORT; None without metrics."""
    health_port: int | None
    """The plaintext port of HEALTH_PORT; None without one."""
    health: Health
    server: grpc.aio.Server


async def serve(settings: Settings, worker: Worker | None = None) -> None:
    """Serve until SIGTERM or SIGINT, alone or as one of several workers. Raises StartError."""
    set_up_logging(settings, worker.number if worker else None)
    # Whatever LOG_LEVEL says: with port 0, nobody would know where to call.
    _LOG.setLevel(logging.INFO)
    stop = stop_signal()
    async with running(settings) as now:
        _spare_collector()
        _LOG.info("listening", extra=_ports(now))
        if worker is not None:
            worker.is_listening(stop)
        await stop.wait()
        waits = {"drain": settings.shutdown_drain, "grace": settings.shutdown_grace}
        _LOG.info("stopping", extra=waits)
    _LOG.info("stopped")


def _spare_collector() -> None:
    """Keep the garbage collector from looking at what is there as long as the process.

    That is nearly all there is, and takes it tens of milliseconds each time, in which no call is
    answered.
    """
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def running(
    settings: Settings,
    application: Callable[[Settings], AbstractAsyncContextManager[Application]] = app.application,
) -> AsyncIterator[Running]:
    """A server inside this process, answering while the context is open. Raises StartError."""
    async with telemetry(settings) as seen, application(settings) as parts:
        is_shared = settings.workers > 1
        server = grpc.aio.server(
            interceptors=tuple(parts.interceptors),
            options=server_options(settings, is_shared),
            compression=COMPRESSION[settings.compression],
        )
        concerns = Concerns(settings, seen.concerns)
        health = _register(server, parts, settings, concerns)
        # Asked last, for what nobody else has.
        server.add_generic_rpc_handlers(seen.fallback)
        credentials = server_credentials(settings)
        address = settings.grpc_host, settings.grpc_port
        port = bind(server, *address, credentials, is_shared=is_shared)
        async with concerns, probes(settings, health) as health_port:
            # Its task is the one that begins all others: they inherit what it knows.
            await asyncio.create_task(server.start(), context=seen.context)
            async with followed(parts.checks, health):
                health.set(SERVING)
                try:
                    yield Running(port, seen.port, health_port, health, server)
                finally:
                    await shut_down(server, health, concerns.gate, settings)


def event_loop(settings: Settings) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's loop where it installs, unless EVENT_LOOP says otherwise; None for asyncio's own."""
    if settings.event_loop == "asyncio":
        return None
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _register(
    server: grpc.aio.Server,
    parts: Application,
    settings: Settings,
    concerns: Concerns,
) -> Health:
    try:
        found = find_handlers(parts.handlers)
        names = [service.name for service, _ in found]
        verify(parts.checks, names)
    except WiringError as error:
        raise StartError(str(error)) from None
    health = Health(names)
    server.add_generic_rpc_handlers((Handlers(found, concerns), health.rpc_handler()))
    if settings.reflection:
        listed = (*names, health_service.SERVICE, REFLECTION)
        server.add_generic_rpc_handlers(Reflection(listed).rpc_handlers())
    return health


def _ports(now: Running) -> dict[str, int]:
    """The ports by what they are for, without those that are not open."""
    ports = {"grpc": now.port, "metrics": now.metrics_port, "health": now.health_port}
    return {name: port for name, port in ports.items() if port is not None}
