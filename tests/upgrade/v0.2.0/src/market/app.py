"""What this service is made of. This file is yours.

A handler class in ``handlers/`` that takes no arguments is found and created by itself. One that
needs a database, a cache or a client of another service is created here, with what it needs.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .handlers.orders import Orders
from .ledger import open_ledger
from .server.application import Application, DependencyCheck
from .settings import Settings
from .tally import Tally


@asynccontextmanager
async def application(settings: Settings) -> AsyncIterator[Application]:
    """Open what the handlers need; it is closed again after the last call.

    For example::

        async with create_pool(settings.database_url) as pool:
            yield Application(
                handlers=[Orders(pool)],
                checks=[DependencyCheck("database", pool.ping)],
            )
    """
    async with open_ledger(settings) as ledger:
        yield Application(
            handlers=[Orders(ledger)],  # mine
            interceptors=[Tally()],  # mine: how often each method is called
            checks=[DependencyCheck("ledger", ledger.ping)],  # mine
        )
