"""What the tests of the runtime share."""

import asyncio
from collections.abc import Callable, Iterator, Mapping

import pytest
import uvloop

from pyservice_runtime.settings import ServiceSettings
from pyservice_runtime.testing.service import FakeClock

from .second_copy import SecondCopy, second_copy


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop, as services run; asyncio's own where time is moved, for only that asks `time` for it."""
    moves_time = "clock" in getattr(item, "fixturenames", ())
    return {"asyncio": asyncio.new_event_loop} if moves_time else {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session", autouse=True)
def _plain_environment() -> Iterator[None]:
    """Remove environment variables that would change settings in tests, such as WORKERS of make."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ServiceSettings.model_fields:
            patch.delenv(name.upper(), raising=False)
        yield


@pytest.fixture
def clock() -> Iterator[FakeClock]:
    """The real clock plus an offset set by `clock.advance(seconds)`."""
    with FakeClock().installed() as clock:
        yield clock


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondCopy]:
    """The runtime of another package in this process."""
    with second_copy(tmp_path_factory.mktemp("other")) as copy:
        yield copy
