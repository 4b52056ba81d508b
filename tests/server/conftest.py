"""The services that the tests start."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server import harness
from tests.server.auth_service import AuthProject, generate
from tests.support.sharing import locked


@pytest.fixture(scope="session")
def auth_project(shared_folder: Path) -> AuthProject:
    """The project that answers who is calling, generated once in a session."""
    folder = shared_folder / "vault"
    with locked(shared_folder, "vault"):
        return AuthProject(folder) if folder.exists() else generate(folder)


@pytest.fixture(scope="session")
def lab(shared_folder: Path) -> Iterator[harness.LabProject]:
    """The generated project of lab.proto with its handlers, importable as ``lab`` in this process."""
    folder = shared_folder / "lab"
    with locked(shared_folder, "lab"):
        if not folder.exists():
            finished = harness.generate("lab.proto", folder)
            assert finished.returncode == 0, finished.said
            handlers = folder / "src" / "lab" / "handlers"
            for stub in handlers.glob("[a-z]*.py"):
                stub.unlink()
            shutil.copyfile(harness.SOURCES / "handlers.py", handlers / "lab.py")
    sys.path.insert(0, str(folder / "src"))
    yield harness.LabProject(folder)
    sys.path.remove(str(folder / "src"))
