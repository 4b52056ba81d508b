"""Options and fixtures of all tests."""

import asyncio
import compileall
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import hypothesis
import pytest
import uvloop

import protoc_gen_pyservice
from tests.support import types
from tests.support.projects import Projects

collect_ignore = ["cases"]  # the goldens in it have tests of their own, to be read and not run


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --update-goldens and --client-calls."""
    parser.addoption("--client-calls", type=int, default=2000, help="how many calls the client makes to leave nothing")
    parser.addoption(
        "--update-goldens", action="store_true", help="write the expected/ folders instead of comparing with them"
    )
    parser.addoption("--all-answers", action="store_true", help="check a project for every two answers of copier.yml")


def pytest_configure(config: pytest.Config) -> None:
    """The foundation of all tests.

    Examples are drawn the same way each time, so that a run says something of what was changed; `make soak`
    draws others. The generator is compiled once: the thousands of runs below write no bytecode, and would each
    do it anew.
    """
    hypothesis.settings.register_profile("same", derandomize=True)
    if config.getoption("--hypothesis-profile", None) is None:
        hypothesis.settings.load_profile("same")
    if "PYTEST_XDIST_WORKER" not in os.environ:
        (package,) = protoc_gen_pyservice.__path__
        compileall.compile_dir(package, quiet=1)


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop, as services run; tests of grpc's own behaviour run on both, which drive it differently."""
    loops: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"uvloop": uvloop.new_event_loop}
    return {"asyncio": asyncio.new_event_loop, **loops} if item.get_closest_marker("both_loops") else loops


@pytest.fixture(scope="session")
def update_goldens(pytestconfig: pytest.Config) -> bool:
    """Whether goldens are to be written."""
    return bool(pytestconfig.getoption("--update-goldens"))


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the whole session, the same in all its workers."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def projects(shared_folder: Path) -> Projects:
    """Every case, generated once."""
    return Projects(shared_folder)


@pytest.fixture(scope="session")
def typed(shared_folder: Path) -> types.Typed:
    """mypy, as a user runs it."""
    return types.typed(shared_folder)
