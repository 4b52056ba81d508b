"""protoc writes file by file and can be interrupted at each: the next run completes the project from any state.

protoc and buf sort what they are handed by name, so what is in .pyservice/ comes before most files, and write each
in place: the one at which they are interrupted is truncated, also if the user wrote its previous content.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.project.harness import PROTOS, SETTLED, Project, copy
from tests.project.hostile import within
from tests.project.hostile.cut import Cut, Files, cuts, edit_everything, lost, protoc, without_kept, write_until
from tests.project.hostile.harness import PROTOC
from tests.project.hostile.records import LOCK, OBJECTS
from tests.support.command import environment
from tests.support.snapshot import differences

PARTS = 4
"""Groups of places at which protoc is stopped, for workers to share."""
FIRST = 20
"""So many of the hundreds of places in a first generation are tried."""


@dataclass(frozen=True, slots=True)
class Run:
    """A project, what protoc is handed for it, what it is after that, and the lines that the user wrote."""

    before: Project
    files: Files
    after: dict[str, bytes]
    lines: dict[str, str]


def run_of(before: Project, folder: Path, lines: dict[str, str], options: str = "") -> Run:
    """Let protoc run to its end in a copy."""
    project = copy(before, folder)
    files = protoc(project, options)
    return Run(before, files, project.files(), lines)


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A first generation: there are only protos."""
    folder = tmp_path_factory.mktemp("first")
    project = Project(folder / "before")
    for name, content in PROTOS.items():
        project.proto(name, content)
    return run_of(project, folder / "after", {}, "parts=none")


@pytest.fixture(scope="session")
def second(settled: Project, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run over a project that the user edited everywhere, with an RPC more and much to merge."""
    folder = tmp_path_factory.mktemp("second")
    project = copy(settled, folder / "before")
    return run_of(project, folder / "after", edit_everything(project))


def stop(project: Project, cut: Cut, options: str = "") -> None:
    """Run protoc and stop it there."""
    _, files = within.answer(project.folder, options)
    write_until(project, files, cut)


def problems(run: Run, folder: Path, cut: Cut, options: str = "") -> list[str]:
    """What is wrong after protoc was stopped there and run again."""
    project = copy(run.before, folder)
    stop(project, cut, options)
    done, files = within.answer(folder, options)
    write_until(project, files, Cut(len(files), None))
    after = project.files()
    found = [] if done.returncode == 0 else [done.stderr]
    found += differences(without_kept(run.after), without_kept(after))
    found += [f"lost {line!r}" for line in lost(after, run.lines)]
    shutil.rmtree(folder)
    return found[:5]


def assert_made_whole(run: Run, folder: Path, places: list[Cut], options: str = "") -> None:
    """Stop protoc at each place, and run it again. Raises AssertionError that tells of every place."""
    paths = list(run.files)
    wrong = {str(cut): problems(run, folder / "shop", cut, options) for cut in places}
    told = [f"stopped after {cut} ({paths[int(cut.split()[0])]}): {found}" for cut, found in wrong.items() if found]
    assert not told, f"{len(told)} of {len(places)}, such as\n" + "\n".join(told[:5])


def is_last_and_absent(run: Run, cut: Cut) -> bool:
    """Undecidable: whether the last file of all is not written yet, or was deleted since."""
    return cut.whole == len(run.files) - 1 and cut.part is None


def test_protoc_is_handed_files_sorted_by_name(first: Run, second: Run) -> None:
    """What the tests below stop is the real thing: much to write, from dotfiles to tests."""
    assert len(first.files) > 90
    assert len(second.files) > 15
    for run in (first, second):
        assert list(run.files) == sorted(run.files)
    assert lost(second.after, second.lines) == []
    assert without_kept(second.after) != without_kept(second.before.files())


@pytest.mark.parametrize("group", range(PARTS))
def test_a_first_generation_is_made_whole(first: Run, tmp_path: Path, group: int) -> None:
    """Wherever protoc is stopped the first time, the same call makes what one call would have made."""
    places = [cut for cut in cuts(first.files) if not is_last_and_absent(first, cut)]
    chosen = random.Random(0).sample(places, FIRST)
    assert_made_whole(first, tmp_path, chosen[group::PARTS], "parts=none")


@pytest.mark.parametrize("group", range(PARTS))
def test_a_project_with_edits_is_made_whole(second: Run, tmp_path: Path, group: int) -> None:
    """Wherever protoc is stopped, no line of the user's is lost, and the next call does what this one would have."""
    assert_made_whole(second, tmp_path, cuts(second.files)[group::PARTS])


def without_unnamed(files: Files) -> dict[str, bytes]:
    """A project without the objects that its lock does not name: protoc deletes none."""
    lock = files[LOCK].decode()
    return {path: text for path, text in files.items() if not path.startswith(f"{OBJECTS}/") or Path(path).name in lock}


def test_generate_makes_whole_what_protoc_left(second: Run, tmp_path: Path) -> None:
    """`pyservice generate` after an interrupted protoc does the same, and then the project is up to date."""
    wrong: list[str] = []
    whole = without_unnamed(without_kept(second.after))
    for cut in cuts(second.files)[::5]:
        project = copy(second.before, tmp_path / str(cut))
        stop(project, cut)
        done = within.pyservice(project.folder, ["generate"])
        after = project.files()
        found = differences(whole, without_unnamed(without_kept(after))) + lost(after, second.lines)
        check = within.pyservice(project.folder, ["generate", "--check"])
        if found or done.returncode or check.stdout != SETTLED:
            wrong.append(f"stopped after {cut}: {found} {done.stderr} {check.said}")
    assert not wrong, f"{len(wrong)}, such as\n" + "\n".join(wrong[:5])


def test_a_look_between_changes_nothing(second: Run, tmp_path: Path) -> None:
    """--check after a stopped protoc says that there is something to do, and writes nothing."""
    for cut in cuts(second.files)[::6]:
        project = copy(second.before, tmp_path / str(cut))
        stop(project, cut)
        before = project.files()
        done = within.pyservice(project.folder, ["generate", "--check"])
        assert "Traceback" not in done.said
        assert done.returncode in (1, 2), f"stopped after {cut}: {done.said}"
        assert project.files() == before


# ------------------------------------------------------------------------------------------- the real thing

KILLS = 4


def kill_protoc(project: Project, options: list[str], delay: float) -> bool:
    """Start the real protoc, and kill it that long after its first file; whether it was still writing."""
    before = _written(project)
    process = subprocess.Popen(
        [*PROTOC.command, *options],
        cwd=project.folder,
        env=environment(),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while _written(project) == before and process.poll() is None:
        time.sleep(0.0002)
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
    return process.wait() == -signal.SIGKILL


def _written(project: Project) -> int:
    """When the file of the record that protoc comes to first was written last; 0 where there is none."""
    try:
        return (project.folder / LOCK).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


@pytest.mark.parametrize("kind", ["first", "second"])
def test_a_killed_protoc_is_made_whole(first: Run, second: Run, tmp_path: Path, kind: str) -> None:
    """SIGKILL while the real protoc writes, at whatever file: the next call makes it whole."""
    run, options = (first, ["--pyservice_opt=parts=none"]) if kind == "first" else (second, [])
    chance = random.Random(kind)
    killed = number = 0
    while killed < KILLS and number < 4 * KILLS:
        project = copy(run.before, tmp_path / str(number))
        killed += kill_protoc(project, options, chance.uniform(0, 0.006) if number % 2 else 0)
        number += 1
        done = project.protoc(*PROTOS, options=tuple(option.partition("=")[2] for option in options))
        assert "Traceback" not in done.said
        after = project.files()
        assert differences(without_kept(run.after), without_kept(after)) == []
        assert lost(after, run.lines) == []
    assert killed, "protoc was quicker each time"
