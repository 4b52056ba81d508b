"""The project that the tests of this folder begin with."""

from pathlib import Path

import pytest

from tests.project.harness import Project, copy, make


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project as protoc makes it; not to be changed."""
    return make(tmp_path_factory.mktemp("generated") / "shop")


@pytest.fixture
def project(generated: Project, tmp_path: Path) -> Project:
    """A project of the test's own."""
    return copy(generated, tmp_path / "shop")
