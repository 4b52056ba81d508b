"""The service that the tests call, and the loop that they run in."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import uvloop

from tests.client.depot import Depot, generate
from tests.client.table import PATH, Table
from tests.support.projects import Projects


@pytest.fixture(scope="session")
def depot(shared_folder: Path, projects: Projects) -> Iterator[Depot]:
    """The generated depot with its handlers, importable as ``depot`` in this process."""
    folder = shared_folder / "depot"
    with projects.locked("depot"):
        if not folder.exists():
            generate(folder)
    sys.path.insert(0, str(folder / "src"))
    yield Depot(folder)
    sys.path.remove(str(folder / "src"))


@pytest.fixture(scope="session")
def table() -> Iterator[Table]:
    """The table of faults; it is written where one process has all of its rows."""
    rows = Table()
    yield rows
    if "PYTEST_XDIST_WORKER" not in os.environ:
        PATH.parent.mkdir(exist_ok=True)
        PATH.write_text(str(rows), encoding="utf-8")


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop, as services run; what stands on grpc's own behaviour on both, which it drives differently."""
    loops: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"uvloop": uvloop.new_event_loop}
    return {"asyncio": asyncio.new_event_loop, **loops} if item.get_closest_marker("both_loops") else loops
