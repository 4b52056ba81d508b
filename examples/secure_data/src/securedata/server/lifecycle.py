"""Start the server, keep it until a signal, stop it in good order."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import grpc
from grpc_reflection.v1alpha import reflection

from .. import app
from ..settings import Settings
from . import health as health_service
from .application import Application
from .concerns import Concerns
from .dependencies import followed, verify
from .handlers import ServiceHandlers
from .health import SERVING, Health
from .logs import set_up_logging
from .ports import StartError, bind
from .probes import probes
from .shutdown import shut_down, stop_signal
from .telemetry import telemetry
from .tls import server_credentials
from .wiring import WiringError, find_handlers

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


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises StartError."""
    set_up_logging(settings)
    stop = stop_signal()
    async with running(settings) as now:
        _LOG.info("listening", extra=_ports(now))
        await stop.wait()
        waits = {"drain": settings.shutdown_drain, "grace": settings.shutdown_grace}
        _LOG.info("stopping", extra=waits)
    _LOG.info("stopped")


@asynccontextmanager
async def running(
    settings: Settings,
    application: Callable[[Settings], AbstractAsyncContextManager[Application]] = app.application,
) -> AsyncIterator[Running]:
    """A server inside this process, answering while the context is open. Raises StartError."""
    async with telemetry(settings) as seen, application(settings) as parts:
        server = grpc.aio.server(interceptors=tuple(parts.interceptors), options=_options(settings))
        concerns = Concerns(settings, seen.concerns)
        health = _register(server, parts, settings, concerns)
        # Asked last, for what nobody else has.
        server.add_generic_rpc_handlers(seen.fallback)
        credentials = server_credentials(settings)
        port = bind(server, settings.grpc_host, settings.grpc_port, credentials)
        async with probes(settings, health) as health_port:
            await server.start()
            async with followed(parts.checks, health):
                health.set(SERVING)
                try:
                    yield Running(port, seen.port, health_port, health, server)
                finally:
                    await shut_down(server, health, concerns.gate, settings)


def event_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's loop where it installs, which needs less CPU per call; None for asyncio's own."""
    if sys.platform == "win32":
        return None
    import uvloop

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
    served = [ServiceHandlers(service, handler, concerns) for service, handler in found]
    server.add_generic_rpc_handlers((*served, health.rpc_handler()))
    if settings.reflection:
        listed = (*names, health_service.SERVICE, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(listed, server)
    return health


def _ports(now: Running) -> dict[str, int]:
    """The ports by what they are for, without those that are not open."""
    ports = {"grpc": now.port, "metrics": now.metrics_port, "health": now.health_port}
    return {name: port for name, port in ports.items() if port is not None}


def _options(settings: Settings) -> list[tuple[str, int]]:
    return [
        # Without this a second server would share the port in silence.
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.max_send_message_length", settings.max_message_bytes),
    ]
