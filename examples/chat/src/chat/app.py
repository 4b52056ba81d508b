"""What this service is made of. This file is yours.

A handler class in ``handlers/`` that takes no arguments is found and created by itself. One that
needs a database, a cache or a client of another service is created here, with what it needs.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .runtime.server import Application
from .settings import Settings


@asynccontextmanager
async def application(settings: Settings) -> AsyncIterator[Application]:
    """Open what the handlers need; it is closed again after the last call.

    For example::

        async with create_pool(settings.database_url) as pool:
            yield Application(
                handlers=[ChatService(pool)],
                checks=[DependencyCheck("database", pool.ping)],
            )
    """
    yield Application()
