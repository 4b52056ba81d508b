"""A disk that is full: protoc stops at a file, and once there is room the same call makes the project whole."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.project.harness import PROTOS, SETTLED, Project, copy
from tests.project.hostile.harness import PROTOC
from tests.support.command import run
from tests.support.snapshot import differences

PAGE = 4096
"""What a file takes at least, in a file system in memory."""

OPTIONS = ("parts=none",)


def mount(folder: Path, how: str) -> int:
    """Mount a file system in memory, or change its size; the exit code."""
    command = ["mount", "-t", "tmpfs", "-o", how, "none", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def _can_mount() -> str:
    """Why there can be no such disk here, if so."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return "mounting a small disk takes root"
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    done = subprocess.run(probe, capture_output=True, check=False) if shutil.which("unshare") else None
    return "" if done is not None and done.returncode == 0 else "nothing can be mounted here"


pytestmark = pytest.mark.skipif(bool(_can_mount()), reason=_can_mount() or "it can")


@contextmanager
def disk(folder: Path, size: int) -> Iterator[Path]:
    """A disk of so many bytes."""
    folder.mkdir()
    assert mount(folder, f"size={size}") == 0
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def room(project: Project) -> int:
    """What a project takes on such a disk."""
    return sum(PAGE * -(-len(content) // PAGE) for content in project.files().values())


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A first generation with room for all of it."""
    project = Project(tmp_path_factory.mktemp("fresh") / "shop")
    for name, content in PROTOS.items():
        project.proto(name, content)
    project.protoc(*PROTOS, options=OPTIONS)
    return project


@pytest.mark.parametrize("share", [0.03, 0.2, 0.5, 0.8, 0.97])
def test_a_first_generation_is_completed_when_there_is_room(fresh: Project, tmp_path: Path, share: float) -> None:
    """Wherever the disk is full, the next call makes what one call would have made."""
    with disk(tmp_path / "disk", int(room(fresh) * share) // PAGE * PAGE) as folder:
        project = Project(folder / "shop")
        for name, content in PROTOS.items():
            project.proto(name, content)
        command = [*PROTOC.command, *(f"--pyservice_opt={option}" for option in OPTIONS)]
        done = run(command, project.folder)
        assert done.returncode == 1, "there was room after all"
        assert "Traceback" not in done.said
        assert mount(folder, "remount,size=64m") == 0
        project.protoc(*PROTOS, options=OPTIONS)
        assert differences(fresh.files(), project.files()) == []
        assert project.generate("--check").stdout == SETTLED


@pytest.mark.parametrize("spare", [0, 1, 3, 6])
def test_pyservice_generate_writes_all_or_nothing(base: Project, tmp_path: Path, spare: int) -> None:
    """The command says in one sentence that there is no room, and the project is as it was."""
    with disk(tmp_path / "disk", room(base) + (100 + spare) * PAGE) as folder:
        project = copy(base, folder / "shop")
        fill(folder, spare)
        before = project.files()
        done = project.generate(expect=2)
        assert len(done.stderr.splitlines()) == 1, done.said
        assert done.stderr.startswith("pyservice: ")
        assert project.files() == before
        (folder / "ballast").unlink()
        project.generate()
        assert project.generate("--check").stdout == SETTLED


def fill(folder: Path, spare: int) -> None:
    """Leave room for so many pages."""
    free = os.statvfs(folder).f_bavail - spare
    (folder / "ballast").write_bytes(b"x" * free * PAGE)
