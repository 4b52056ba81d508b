"""What the tests share: the service, running inside the test process, and channels to it.

Override a fixture in a test file, or in a class, to have it otherwise there::

    @pytest.fixture
    def handlers() -> list[object]:
        return [Orders(FakeDatabase())]
"""

import sys
import warnings
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from pathlib import Path

import grpc
import pytest
import pytest_asyncio

from market.errors import InvalidArgument, Unimplemented
from market.server.lifecycle import Running
from market.settings import Settings

from .service import Callers, Clock, connected, quick, reaching, serving


@pytest.fixture
def settings() -> Settings:
    """What the service is run with."""
    return quick()


@pytest.fixture
def handlers() -> Sequence[object]:
    """Handlers that take the place of yours; none: app.py says who answers."""
    return ()


@pytest.fixture
async def server(settings: Settings, handlers: Sequence[object]) -> AsyncIterator[Running]:
    """The whole service, started for one test."""
    async with serving(settings, handlers) as now:
        yield now


@pytest.fixture
async def channel(server: Running) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the service."""
    async with connected(server) as channel:
        yield channel


@pytest.fixture(scope="module")
def shared_settings() -> Settings:
    """What the service is run with that all tests of a file share, such as those in tests/gen/."""
    return quick()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_channel(shared_settings: Settings) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a service that all tests of a file share; they run in one loop."""
    async with reaching(shared_settings, limits=False) as channel:
        yield channel


@pytest.fixture
def callers(tmp_path: Path) -> Callers:
    """People with credentials; serve with `callers.settings` to have them known."""
    return Callers(tmp_path / "keys")


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A clock that stands still for nobody, and that `clock.advance(seconds)` moves."""
    with Clock().installed() as clock:
        yield clock


def pytest_configure(config: pytest.Config) -> None:
    """Watch for what a missing await leaves behind."""
    config.pluginmanager.register(Unawaited())


class Unawaited:
    """Fails the run for a coroutine that nobody awaited, which no reply tells of.

    Not the test: a coroutine is missed when it is thrown away, which may be long after its call.
    """

    def __init__(self) -> None:
        self._found: list[str] = []
        # The warning then says where the coroutine was made.
        sys.set_coroutine_origin_tracking_depth(1)

    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Note each place once."""
        text = str(warning_message.message)
        if "was never awaited" in text and text not in self._found:
            self._found.append(text)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Say by the exit code that something was found."""
        if self._found:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what."""
        for text in self._found:
            terminalreporter.section("missing await", red=True)
            terminalreporter.line(text)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Skip a test that calls an RPC whose logic is not written yet, and say where to write it."""
    try:
        return (yield)
    except InvalidArgument as error:
        error.add_note("If this request is not sensible: tests/messages.py, SENSIBLE.")
        raise
    except (Unimplemented, grpc.aio.AioRpcError) as error:
        # The first is what clients raise, the second what comes out of a bare channel.
        said = error.message if isinstance(error, Unimplemented) else error.details() or ""
        if "is not written yet" not in said:
            raise
        pytest.skip(said)
