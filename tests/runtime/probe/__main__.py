"""The program of a service without handlers: what is left answers health and reflection."""

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pyservice_runtime.server import Application, run
from pyservice_runtime.settings import ServiceSettings

from ..probe_service import registry


@asynccontextmanager
async def application(_: ServiceSettings) -> AsyncIterator[Application]:
    """Open nothing."""
    yield Application()


if __name__ == "__main__":
    print(json.dumps({"event": "process", "pid": os.getpid()}), flush=True)
    sys.exit(run(registry(), ServiceSettings, application))
