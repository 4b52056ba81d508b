"""The service that gets the load."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_START = 30.0
"""Seconds until a service that is started here listens, at most."""


@asynccontextmanager
async def started(target: str | None) -> AsyncIterator[str]:
    """The address of a service that runs, or of one that is started for as long as it is needed."""
    if target is not None:
        yield target
        return
    quiet = {"GRPC_PORT": "0", "METRICS_PORT": "0", "LOG_FORMAT": "json", "LOG_LEVEL": "INFO"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "market"),
        env={**os.environ, **quiet},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        port = await asyncio.wait_for(_port(process.stdout), _START)
        # Its access log would fill the pipe, and then stop it.
        reading = asyncio.create_task(_drop(process.stdout))
        yield f"127.0.0.1:{port}"
        reading.cancel()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _port(lines: asyncio.StreamReader) -> int:
    said: list[str] = []
    async for line in lines:
        said.append(line.decode(errors="replace"))
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("event") == "listening":
            return int(event["grpc"])
    sys.exit(f"the service did not start:\n{''.join(said)}")


async def _drop(lines: asyncio.StreamReader) -> None:
    while await lines.read(65536):
        pass
