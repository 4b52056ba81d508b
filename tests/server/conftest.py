"""The services that the tests start."""

import asyncio
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import uvloop

from tests.server import laboratory as lab
from tests.server.vault import Vault, generate
from tests.support.projects import Projects


@pytest.fixture(scope="session")
def vault(shared_folder: Path, projects: Projects) -> Vault:
    """The project that answers who is calling, generated once in a session."""
    folder = shared_folder / "vault"
    with projects.locked("vault"):
        return Vault(folder) if folder.exists() else generate(folder)


@pytest.fixture(scope="session")
def laboratory(shared_folder: Path, projects: Projects) -> Iterator[lab.Laboratory]:
    """The generated laboratory with its handlers, importable as ``lab`` in this process."""
    folder = shared_folder / "laboratory"
    with projects.locked("laboratory"):
        if not folder.exists():
            finished = lab.generate("lab.proto", folder)
            assert finished.returncode == 0, finished.said
            handlers = folder / "src" / "lab" / "handlers"
            for stub in handlers.glob("[a-z]*.py"):
                stub.unlink()
            shutil.copyfile(lab.SOURCES / "handlers.py", handlers / "lab.py")
    sys.path.insert(0, str(folder / "src"))
    yield lab.Laboratory(folder)
    sys.path.remove(str(folder / "src"))


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop, as services run; what stands on grpc's own behaviour on both, which it drives differently."""
    loops: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"uvloop": uvloop.new_event_loop}
    return {"asyncio": asyncio.new_event_loop, **loops} if item.path.stem == "test_pipeline" else loops
