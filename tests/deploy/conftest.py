"""What the tests of deployment start."""

from pathlib import Path

import pytest

from tests.deploy.library import Library, generate
from tests.support.projects import Projects


@pytest.fixture(scope="session")
def library(shared_folder: Path, projects: Projects) -> Library:
    """The service behind Envoy and in front of Prometheus, generated once in a session."""
    folder = shared_folder / "library"
    with projects.locked("library"):
        return Library(folder) if folder.exists() else generate(folder)
