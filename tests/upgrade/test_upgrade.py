"""A project of an older version comes up to date with the same command, hand edits kept.

Each folder v*/ beside this file is a small project as that version of the generator wrote it, with
edits by hand in files of every owner; the lines added by hand say `mine` or stand under "Ours".
"""

import shutil
from pathlib import Path

import pytest

from tests.support.command import run, scripts
from tests.support.own_tests import own_tests
from tests.support.types import Typed

FROZEN = sorted(path for path in Path(__file__).parent.glob("v*") if path.is_dir())


@pytest.fixture(params=FROZEN, ids=lambda path: path.name)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a frozen project, brought up to date."""
    folder = Path(shutil.copytree(request.param, tmp_path / "project"))
    done = run([scripts() / "pyservice", "generate"], folder)
    assert done.returncode == 0, done.said
    return folder


def hand_written(folder: Path) -> list[tuple[str, str]]:
    """File and line of everything that a person wrote, without the copies of the generator's."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and ".pyservice" not in path.parts)
    return [
        (path.relative_to(folder).as_posix(), line)
        for path in files
        if path.suffix in (".py", ".md")
        for line in path.read_text().splitlines()
        if "mine" in line.lower() or "shop team" in line
    ]


def test_every_hand_edit_survives(project: Path, request: pytest.FixtureRequest) -> None:
    """What a person wrote in the old project stands in the new one, in the same files and order."""
    frozen = request.node.callspec.params["project"]
    assert hand_written(project) == hand_written(frozen)
    assert len(hand_written(frozen)) >= 6


def test_an_upgraded_project_passes_its_tests(project: Path) -> None:
    """Its own tests, edited ones included, are green after the upgrade."""
    done = own_tests(project)
    assert done.returncode == 0, done.said


def test_an_upgrade_happens_once(project: Path) -> None:
    """A second run has nothing to do."""
    done = run([scripts() / "pyservice", "generate", "--check"], project)
    assert done.returncode == 0, done.said


def test_an_upgraded_project_is_clean(project: Path, typed: Typed) -> None:
    """Types hold across what was merged."""
    done = typed(project)
    assert done.returncode == 0, done.said
