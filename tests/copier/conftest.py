"""The repository that the tests of this folder make projects from."""

from pathlib import Path

import pytest

from tests.copier.harness import repository


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A repository at v1.0.0, of the test's own."""
    return repository(tmp_path / "template")
