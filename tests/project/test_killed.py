"""`kill -9` of `pyservice generate`: the project is the old one or the new one, and never a mixture."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.project.harness import PROTOS, PYSERVICE, STOCK, Project, make
from tests.support.command import environment
from tests.support.snapshot import differences, snapshot

KILLS = 200
"""How often a run is killed, in this many groups, so that several workers share them."""
GROUPS = 4

ASIDE, JOURNAL = ".pyservice/journal.tmp", ".pyservice/journal"
COMMITTED = 1.0
"""Seconds that a process which goes on after the kill may need to end."""
_MANY = 40
"""So many protos that writing their modules takes a while."""


@dataclass(frozen=True, slots=True)
class Change:
    """A project whose protos were edited, what `pyservice generate` makes of it, and how long it takes."""

    old: Project
    before: dict[str, bytes]
    after: dict[str, bytes]
    seconds: float
    writing: float
    """Of these, how long after the first file was written aside."""


@pytest.fixture(scope="session")
def change(tmp_path_factory: pytest.TempPathFactory) -> Change:
    """One that creates, updates, merges and deletes files, most of them the modules of many protos."""
    folder = tmp_path_factory.mktemp("killed")
    project = make(folder / "old", {**PROTOS, **{f"m{i}.proto": message(i) for i in range(_MANY)}})
    for i in range(_MANY):
        project.proto(f"m{i}.proto", message(i, "string more = 2;"))
    project.proto("extra.proto", message(_MANY))
    project.edit("pyservice.toml", f'    "{STOCK}",\n', '    "extra.proto",\n')
    project.write("README.md", project.text("README.md") + "\nOurs.\n")
    timed = [measure(project, folder / f"new{i}") for i in range(3)]
    after = Project(folder / "new0").files()
    seconds, writing = (sorted(column)[1] for column in zip(*timed, strict=True))
    return Change(project, project.files(), after, seconds, writing)


def message(number: int, field: str = "") -> str:
    return f'syntax = "proto3";\npackage m;\nmessage M{number} {{ string text = 1; {field} }}\n'


def measure(project: Project, folder: Path) -> tuple[float, float]:
    """How long a whole run takes, and how long from the first file that it writes."""
    shutil.copytree(project.folder, folder)
    begin = time.monotonic()
    writing = begin
    process = start(folder)
    while process.poll() is None:
        if writing == begin and (folder / ASIDE).exists():
            writing = time.monotonic()
        time.sleep(0.001)
    end = time.monotonic()
    assert process.returncode == 0
    assert writing > begin
    return end - begin, end - writing


def start(folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [PYSERVICE, "generate"],
        cwd=folder,
        env=environment(),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill_at(change: Change, chance: random.Random) -> Callable[[Path], None]:
    """A moment: anywhere in the run, or, more often, while it writes; it waits for that moment."""
    if chance.random() < 0.4:
        delay = chance.uniform(0, change.seconds * 1.1)
        return lambda folder: time.sleep(delay)
    delay = chance.uniform(0, change.writing)

    def wait(folder: Path) -> None:
        end = time.monotonic() + 10
        while not (folder / ASIDE).exists() and not (folder / JOURNAL).exists() and time.monotonic() < end:
            time.sleep(0.001)
        time.sleep(delay)

    return wait


def kill_once(change: Change, folder: Path, seed: int) -> str:
    """Kill one run; what the project is then. Raises AssertionError for a mixture."""
    chance = random.Random(seed)
    # Hard links: copied in no time, and a file that were written to in place would show in all copies.
    shutil.copytree(change.old.folder, folder, copy_function=os.link)
    wait = kill_at(change, chance)
    process = start(folder)
    wait(folder)
    # The process alone, or all that was started with it, as when a terminal or a container goes.
    (os.killpg if chance.random() < 0.5 else os.kill)(process.pid, signal.SIGKILL)
    process.wait()
    state = settled(change, Project(folder), go_on=seed % 5 == 0)
    shutil.rmtree(folder)
    return state


def settled(change: Change, project: Project, go_on: bool) -> str:
    """The state of a project after a kill; with ``go_on`` also the next command is tried."""
    end = time.monotonic() + COMMITTED
    while (project.folder / JOURNAL).exists() and time.monotonic() < end:
        time.sleep(0.001)
    if (project.folder / JOURNAL).exists():
        project.generate()
        assert project.files() == change.after, "the next command did not finish what was begun"
        return "finished by the next command"
    # A process that goes on after the kill may be deleting what is aside.
    left = snapshot(project.folder, leave_out=ASIDE)
    left_aside = (project.folder / ASIDE).exists()
    if left == change.after:
        return "new"
    mixed = differences(change.before, left), differences(change.after, left)
    assert not mixed[0], f"a mixture: {mixed}"
    if go_on:
        project.generate()
        assert project.files() == change.after, "the next command did not do what the killed one would have"
    return "old, with files aside" if left_aside else "old"


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_killed_run_leaves_the_old_or_the_new_project(change: Change, tmp_path: Path, group: int) -> None:
    """Whenever the process is killed, the next thing that anybody sees is one of the two projects."""
    seeds = range(group * KILLS // GROUPS, (group + 1) * KILLS // GROUPS)
    with ThreadPoolExecutor(2) as pool:
        seen = Counter(pool.map(lambda seed: kill_once(change, tmp_path / str(seed), seed), seeds))
    assert change.old.files() == change.before, "a file was written to in place"
    assert seen.total() == KILLS // GROUPS
    # Otherwise the moments were chosen badly, and nothing was tested.
    assert seen["new"], seen
    assert seen["old"] + seen["old, with files aside"], seen
