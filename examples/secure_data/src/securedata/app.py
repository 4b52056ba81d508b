"""What this service is made of. This file is yours.

A handler class in ``handlers/`` that takes no arguments is found and created by itself. One that
needs a database, a cache or a client of another service is created here, with what it needs.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .handlers.secure_data_service import SecureDataService
from .runtime.server import Application, DependencyCheck
from .settings import Settings
from .storage import open_storage


@asynccontextmanager
async def application(settings: Settings) -> AsyncIterator[Application]:
    """Open what the handlers need; it is closed again after the last call."""
    async with open_storage(settings) as storage:
        yield Application(
            handlers=[SecureDataService(storage)],
            checks=[DependencyCheck("database", storage.ping)],
        )
