"""The service that the tests call."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.harness import DepotProject, generate
from tests.client.table import PATH, Table
from tests.support.sharing import locked


@pytest.fixture(scope="session")
def depot(shared_folder: Path) -> Iterator[DepotProject]:
    """The generated depot with its handlers, importable as ``depot`` in this process."""
    folder = shared_folder / "depot"
    with locked(shared_folder, "depot"):
        if not folder.exists():
            generate(folder)
    sys.path.insert(0, str(folder / "src"))
    yield DepotProject(folder)
    sys.path.remove(str(folder / "src"))


@pytest.fixture(scope="session")
def table() -> Iterator[Table]:
    """The table of faults; it is written where one process has all of its rows."""
    rows = Table()
    yield rows
    if "PYTEST_XDIST_WORKER" not in os.environ:
        PATH.parent.mkdir(exist_ok=True)
        PATH.write_text(str(rows), encoding="utf-8")
