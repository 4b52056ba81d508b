"""What the tests share: the service, running inside the test process, and a channel to it."""

from collections.abc import AsyncIterator, Generator

import grpc
import pytest

from files.errors import Unimplemented
from files.server.lifecycle import Running, running
from files.settings import Settings


@pytest.fixture
def settings() -> Settings:
    """Settings for tests: any free port, no waiting at the end."""
    return Settings(grpc_port=0, metrics_port=0, shutdown_drain=0, shutdown_grace=0)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Running]:
    """The whole service on a free loopback port, as `python -m files` runs it."""
    async with running(settings) as now:
        yield now


@pytest.fixture
async def channel(server: Running) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the service."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield channel


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Skip a test that calls an RPC whose logic is not written yet, and say where to write it."""
    try:
        return (yield)
    except (Unimplemented, grpc.aio.AioRpcError) as error:
        # The first is what clients raise, the second what comes out of a bare channel.
        said = error.message if isinstance(error, Unimplemented) else error.details() or ""
        if "is not written yet" not in said:
            raise
        pytest.skip(said)
