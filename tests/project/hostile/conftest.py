"""The project that somebody prepares."""

import shutil
from pathlib import Path

import pytest

from tests.project.hostile.kit import HAND_WRITTEN, Victim, commit, git, tampered
from tests.project.kit import CART, CLEAR, House, copy, make


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A project in which nothing is left to do, with files of its owner's; not to be changed."""
    house = make(tmp_path_factory.mktemp("hostile") / "settled", options=("parts=none",))
    for path, content in HAND_WRITTEN.items():
        house.write(path, content)
    return house


@pytest.fixture(scope="session")
def base(settled: House, tmp_path_factory: pytest.TempPathFactory) -> House:
    """The same with an RPC more, so that every run has something to do; not to be changed."""
    house = copy(settled, tmp_path_factory.mktemp("hostile") / "base")
    house.proto(CART, CLEAR)
    return house


@pytest.fixture(scope="session")
def theirs(base: House, tmp_path_factory: pytest.TempPathFactory) -> House:
    """It in a repository, to be copied and prepared; not to be changed."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = tmp_path_factory.mktemp("theirs")
    house = copy(base, folder / "first")
    git(house.folder, "init", "--quiet")
    commit(house.folder)
    git(folder, "clone", "--quiet", "--no-local", "first", "packed")
    return House(folder / "packed")


@pytest.fixture
def victim(theirs: House, tmp_path: Path) -> Victim:
    """A clone of it as it is."""
    return tampered(theirs, tmp_path, lambda _: None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --mutations, known where this folder is named on the command line."""
    parser.addoption("--mutations", type=int, default=None, help="so many mutations of each record in each group")
