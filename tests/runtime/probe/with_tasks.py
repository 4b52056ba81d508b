"""The program of a service with background tasks and detached work, which says in which order they end."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pyservice_runtime.core import Context
from pyservice_runtime.server import Application, detached, run
from pyservice_runtime.settings import ServiceSettings

from ..probe_service import ECHO, ProbeServicer, registry


def say(ended: str) -> None:
    """Write an event."""
    print(json.dumps({"event": "ended", "what": ended}), flush=True)


async def first() -> None:
    """Run until the shutdown."""
    await _until_cancelled("first")


async def second() -> None:
    """Run until the shutdown."""
    await _until_cancelled("second")


async def _until_cancelled(name: str) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0.05)
        say(name)


async def work(seconds: float) -> None:
    """Take some time."""
    await asyncio.sleep(seconds)
    say("work")


class Handler(ProbeServicer):
    """Leaves work behind."""

    async def echo(self, request: Any, context: Context) -> Any:
        """Respond at once."""
        detached(work, float(request.value))
        return request


@asynccontextmanager
async def application(_: ServiceSettings) -> AsyncIterator[Application]:
    """Say when the resources are closed."""
    yield Application(handlers=[Handler()], tasks=[first, second])
    say("resources")


if __name__ == "__main__":
    sys.exit(run(registry(ECHO), ServiceSettings, application))
