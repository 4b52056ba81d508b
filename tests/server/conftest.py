"""The services that the tests start."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server import laboratory as lab
from tests.server.vault import Vault, generate
from tests.support.sharing import locked


@pytest.fixture(scope="session")
def vault(shared_folder: Path) -> Vault:
    """The project that answers who is calling, generated once in a session."""
    folder = shared_folder / "vault"
    with locked(shared_folder, "vault"):
        return Vault(folder) if folder.exists() else generate(folder)


@pytest.fixture(scope="session")
def laboratory(shared_folder: Path) -> Iterator[lab.Laboratory]:
    """The generated laboratory with its handlers, importable as ``lab`` in this process."""
    folder = shared_folder / "laboratory"
    with locked(shared_folder, "laboratory"):
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
