"""The resources of this service. This file is yours.

A handler class in ``handlers/`` whose constructor takes no arguments is discovered and created. One
that needs a database, a cache or a client of another service is created here.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .runtime.server import Application
from .settings import Settings


@asynccontextmanager
async def application(settings: Settings) -> AsyncIterator[Application]:
    """Open the resources of the handlers; they are closed after the last call.

    For example::

        async with create_pool(settings.database_url) as pool:
            yield Application(
                handlers=[OrderBook(pool)],
                checks=[DependencyCheck("database", pool.ping)],
            )
    """
    yield Application()
