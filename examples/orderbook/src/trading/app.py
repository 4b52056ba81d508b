"""The resources of this service. This file is yours.

A handler class in ``handlers/`` whose constructor takes no arguments is discovered and created. One
that needs a database, a cache or a client of another service is created here.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .runtime.interceptors import (
    AccessLog,
    Audit,
    Authentication,
    Authorization,
    ConcurrencyLimit,
    Deadline,
    Interceptor,
    Metrics,
    RateLimit,
    TlsVersion,
    Tracing,
    Validation,
)
from .runtime.server import Application
from .settings import Settings


def chain(settings: Settings) -> list[Interceptor]:
    """Return the interceptors around every call, outermost first."""
    return [
        Tracing(),
        Metrics(),
        AccessLog(),
        Audit(),
        Deadline(settings),
        TlsVersion(settings),
        Authentication(settings),
        Authorization(settings),
        RateLimit(settings),
        ConcurrencyLimit(settings),
        Validation(),
    ]


@asynccontextmanager
async def application(settings: Settings) -> AsyncIterator[Application]:
    """Open the resources of the handlers; they are closed after the last call.

    An example: the handler ``OrderBook`` needs a pool of connections, which your ``database.py`` opens.
    Import both at the top::

        from .database import create_pool
        from .handlers.order_book import OrderBook
        from .runtime.server import Application, DependencyCheck

    and write in place of the last line::

        async with create_pool(settings.database_url.get_secret_value()) as pool:
            yield Application(
                interceptors=chain(settings),
                handlers=[OrderBook(pool)],
                checks=[DependencyCheck("database", pool.ping)],
            )
    """
    yield Application(interceptors=chain(settings))
