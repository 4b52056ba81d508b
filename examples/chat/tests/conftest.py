"""Shared fixtures: the service, running inside the test process, and channels to it.

Override a fixture in a test file or a class::

    @pytest.fixture
    def handlers() -> list[object]:
        return [ChatService(FakeDatabase())]
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import grpc
import pytest
import pytest_asyncio

from chat.runtime.server import Running
from chat.settings import Settings

from ._runtime.plugin import pytest_configure as pytest_configure
from ._runtime.plugin import pytest_runtest_call as pytest_runtest_call
from ._runtime.service import ApiKeyUsers, FakeClock, connected
from .gen.service import SERVICE, settings_for_tests


@pytest.fixture
def settings() -> Settings:
    """The settings of the service."""
    return settings_for_tests()


@pytest.fixture
def handlers() -> Sequence[object]:
    """Handlers that replace those of app.py; none: use those of app.py."""
    return ()


@pytest.fixture
async def server(settings: Settings, handlers: Sequence[object]) -> AsyncIterator[Running]:
    """The whole service, started for one test."""
    async with SERVICE.serving(settings, handlers) as running:
        yield running


@pytest.fixture
async def channel(server: Running) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the service."""
    async with connected(server) as channel:
        yield channel


@pytest.fixture(scope="module")
def shared_settings() -> Settings:
    """The settings of the service that all tests of a file share, such as those in tests/gen/."""
    return settings_for_tests()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_channel(shared_settings: Settings) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the service that all tests of a file share; they run in one event loop."""
    async with SERVICE.reaching(shared_settings, limits=False) as channel:
        yield channel


@pytest.fixture
def callers(tmp_path: Path) -> ApiKeyUsers:
    """Callers with API keys; use `callers.settings` as settings to accept them."""
    return ApiKeyUsers(tmp_path / "keys", SERVICE)


@pytest.fixture
def clock() -> Iterator[FakeClock]:
    """The real clock plus an offset set by `clock.advance(seconds)`."""
    with FakeClock().installed() as clock:
        yield clock
