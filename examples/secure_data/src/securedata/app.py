"""The resources of this service. This file is yours.

A handler class in ``handlers/`` whose constructor takes no arguments is discovered and created. One
that needs a database, a cache or a client of another service is created here.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .handlers.secure_data_service import SecureDataService
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
from .runtime.server import Application, DependencyCheck
from .settings import Settings
from .storage import open_storage


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
    """Open the resources of the handlers; they are closed after the last call."""
    async with open_storage(settings) as storage:
        yield Application(
            interceptors=chain(settings),
            handlers=[SecureDataService(storage)],
            checks=[DependencyCheck("database", storage.ping)],
        )
