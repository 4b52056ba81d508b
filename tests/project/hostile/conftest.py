"""The project that somebody prepares."""

import shutil

import pytest

from tests.project.hostile.kit import HAND_WRITTEN, Victim, cloned
from tests.project.kit import CART, CLEAR, House, copy, make

_WITHOUT_GIT = pytest.mark.skip(reason="git is not installed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what clones where there is no git."""
    if shutil.which("git") is None:
        for item in items:
            if "/hostile/" in item.nodeid and "base" in getattr(item, "fixturenames", ()):
                item.add_marker(_WITHOUT_GIT)


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
def clone(base: House, tmp_path_factory: pytest.TempPathFactory) -> Victim:
    """A clone of it as it is; not to be changed."""
    return cloned(base, tmp_path_factory.mktemp("clone"), lambda _: None)
