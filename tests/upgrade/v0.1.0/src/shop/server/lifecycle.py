"""Start the server, keep it until a signal, stop it in good order."""

import asyncio
import logging
import signal
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
from .health import NOT_SERVING, SERVING, Health
from .logs import set_up_logging
from .pipeline import rpc_handler
from .wiring import WiringError, find_handlers

_LOG = logging.getLogger(__name__)


class StartError(Exception):
    """The service could not start; the message is one line for the person who started it."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    port: int
    """The port that calls come in on."""
    health: Health
    server: grpc.aio.Server


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises StartError."""
    set_up_logging(settings)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(settings) as now:
        _LOG.info("listening", extra={"grpc": now.port})
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
    async with application(settings) as parts:
        server = grpc.aio.server(interceptors=tuple(parts.interceptors), options=_options(settings))
        health = _register(server, parts, settings)
        port = _bind(server, settings)
        await server.start()
        health.set(SERVING)
        try:
            yield Running(port, health, server)
        finally:
            await _stop(server, health, settings)


def event_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's loop where it installs, which needs less CPU per call; None for asyncio's own."""
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


def _register(server: grpc.aio.Server, parts: Application, settings: Settings) -> Health:
    try:
        found = find_handlers(parts.handlers)
    except WiringError as error:
        raise StartError(str(error)) from None
    names = [service.name for service, _ in found]
    health = Health(names)
    served = [rpc_handler(service, handler) for service, handler in found]
    server.add_generic_rpc_handlers((*served, health.rpc_handler()))
    if settings.reflection:
        listed = (*names, health_service.SERVICE, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(listed, server)
    return health


def _bind(server: grpc.aio.Server, settings: Settings) -> int:
    address = f"{settings.grpc_host}:{settings.grpc_port}"
    try:
        return server.add_insecure_port(address)
    except RuntimeError:
        raise StartError(
            f"{address} is taken or not an address of this machine: change GRPC_PORT or GRPC_HOST."
        ) from None


async def _stop(server: grpc.aio.Server, health: Health, settings: Settings) -> None:
    """Say that it stops, wait until callers noticed, then let calls in flight finish."""
    health.set(NOT_SERVING)
    await asyncio.sleep(settings.shutdown_drain)
    health.end_watches()
    await server.stop(settings.shutdown_grace)


def _options(settings: Settings) -> list[tuple[str, int]]:
    return [
        # Without this a second server would share the port in silence.
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.max_send_message_length", settings.max_message_bytes),
    ]
