"""The project that an attacker prepares."""

import shutil
from pathlib import Path

import pytest

from tests.project.harness import CART, CLEAR, Project, copy, make
from tests.project.hostile.harness import HAND_WRITTEN, Victim, commit, git, tampered


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which no action is needed, with files of the user's; not to be changed."""
    project = make(tmp_path_factory.mktemp("hostile") / "settled", options=("parts=none",))
    for path, content in HAND_WRITTEN.items():
        project.write(path, content)
    return project


@pytest.fixture(scope="session")
def base(settled: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same with an RPC more, so that every run has something to do; not to be changed."""
    project = copy(settled, tmp_path_factory.mktemp("hostile") / "base")
    project.proto(CART, CLEAR)
    return project


@pytest.fixture(scope="session")
def theirs(base: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """It in a repository, to be copied and prepared; not to be changed."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = tmp_path_factory.mktemp("theirs")
    project = copy(base, folder / "first")
    git(project.folder, "init", "--quiet")
    commit(project.folder)
    git(folder, "clone", "--quiet", "--no-local", "first", "packed")
    return Project(folder / "packed")


@pytest.fixture
def victim(theirs: Project, tmp_path: Path) -> Victim:
    """A clone of it as it is."""
    return tampered(theirs, tmp_path, lambda _: None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --mutations, known where this folder is named on the command line."""
    parser.addoption("--mutations", type=int, default=None, help="so many mutations of each record in each group")
