"""Health on a port of its own, in plaintext.

A kubelet asks without a certificate: where callers need one, it would find no healthy pod. The port
serves health and nothing else.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from ..settings import Settings
from .health import Health
from .ports import bind
from .transport import server_options


@asynccontextmanager
async def probes(settings: Settings, health: Health) -> AsyncIterator[int | None]:
    """Serve health on HEALTH_PORT while the context is open; yields the port, None without one.

    Raises StartError if the port is taken.
    """
    if settings.health_port is None:
        yield None
        return
    server = grpc.aio.server(options=server_options(settings))
    server.add_generic_rpc_handlers((health.rpc_handler(),))
    host = settings.health_host or settings.grpc_host
    port = bind(server, host, settings.health_port, None, "HEALTH_PORT or HEALTH_HOST")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)
