"""The note of the files that protoc is to write is valid only for the user who left it there.

From it the next run knows what a stopped one did not write, and what had stood there. In a clone it would be a way
to say what any file had held before, so one that came with a repository counts for nothing.
"""

import json
import random
import shutil
import zlib
from pathlib import Path

import pytest

from protoc_gen_pyservice.errors import GenerationError
from protoc_gen_pyservice.regenerate import generate
from tests.project.harness import CART, CLEAR, PROTOS, STOCK, Project, copy, proto
from tests.project.hostile import within
from tests.project.hostile.cut import Cut, edit_everything, lost, without_kept, write_until
from tests.project.hostile.harness import (
    WRITING,
    EntryPoint,
    Tamper,
    Victim,
    assert_harmless,
    assert_refused,
    changes,
    cloned,
    commit,
    git,
    outside,
    tampered,
    world,
)
from tests.project.hostile.mutations import TEXT
from tests.support.command import run
from tests.support.snapshot import differences

NOTE = ".pyservice/pending"
LIST = f"{NOTE}/list.json"
THEIRS = "theirs, and not what stood there\n"

MUTATIONS = 12
STOPPED = 8
"""So many files are written when protoc is stopped."""


def stop(project: Project) -> None:
    """Run protoc in an edited project, and stop it half-way."""
    _, files = within.answer(project.folder)
    write_until(project, files, Cut(STOPPED, 0.5))


def rewritten(project: Project) -> None:
    """A stopped run, of which the note says that every file had held something else."""
    stop(project)
    for path in (project.folder / NOTE).iterdir():
        if path.name.isdigit() or path.name == "contents":
            path.write_text(THEIRS)


def reaching_out(project: Project) -> None:
    """The same, and it tells of files outside of the project."""
    rewritten(project)
    note = json.loads(project.text(LIST))
    for part in ("given", "before", "saved", "contents"):
        first = next(iter(note[part]))
        note[part]["../victim-home/.bashrc"] = note[part]["/no/such/file"] = note[part].pop(first)
    project.write(LIST, json.dumps(note))


@pytest.fixture(scope="session")
def edited(settled: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, str]]:
    """A repository with a project that the user edited everywhere, and the lines of theirs."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    project = copy(settled, tmp_path_factory.mktemp("edited") / "shop")
    lines = edit_everything(project)
    git(project.folder, "init", "--quiet")
    commit(project.folder)
    return project, lines


@pytest.mark.parametrize("tamper", [rewritten, reaching_out])
def test_a_note_that_came_with_a_clone_counts_for_nothing(
    edited: tuple[Project, dict[str, str]], tmp_path: Path, tamper: Tamper
) -> None:
    """What it says had stood somewhere is written nowhere, and the lines that were committed stay."""
    project, lines = edited
    for entry_point in WRITING:
        victim = cloned(project, tmp_path / entry_point.name, tamper)
        there = [line for line in lines.values() if line not in lost(victim.project.files(), lines)]
        assert_harmless(victim, entry_point)
        after = victim.project.files()
        assert not [line for line in lost(after, lines) if line in there], entry_point.name
        assert [path for path, text in after.items() if THEIRS.encode() in text and not path.startswith(NOTE)] == []


def colleague(settled: Project, folder: Path) -> Project:
    """Another user's clone, changed by an older generator, the user, and the contract."""
    git(settled.folder, "clone", "--quiet", "--no-local", ".", str(folder))
    project = Project(folder)
    edit_everything(project)
    project.proto(STOCK, proto("Stock", "Count", "Order"))
    git(folder, "checkout", "--quiet", "-b", "theirs")
    commit(folder)
    return project


@pytest.mark.parametrize("entry_point", WRITING, ids=lambda entry_point: entry_point.name)
def test_a_note_of_a_run_that_ended_does_not_outlive_a_checkout(
    settled: Project, tmp_path: Path, entry_point: EntryPoint
) -> None:
    """After protoc and `git checkout` of another branch a run does what it does where protoc never ran."""
    ours = copy(settled, tmp_path / "ours")
    git(ours.folder, "init", "--quiet", "--initial-branch=ours")
    commit(ours.folder)
    theirs = colleague(ours, tmp_path / "theirs")
    ours.proto(CART, CLEAR)
    ours.protoc(*PROTOS)
    commit(ours.folder)
    git(ours.folder, "fetch", "--quiet", str(theirs.folder), "theirs")
    git(ours.folder, "checkout", "--quiet", "FETCH_HEAD")
    for project in (ours, theirs):
        run(entry_point.command, project.folder)
    assert differences(without_git(theirs), without_git(ours)) == []


def without_git(project: Project) -> dict[str, bytes]:
    """A project without its repository and without what was put aside."""
    return {path: text for path, text in without_kept(project.files()).items() if not path.startswith(".git/")}


@pytest.mark.parametrize("target", ["../../outside", "../src/shop", "../.git"])
def test_a_note_that_is_a_link_is_refused(theirs: Project, tmp_path: Path, target: str) -> None:
    """Nothing is read through it, and above all nothing is deleted."""

    def tamper(project: Project) -> None:
        shutil.rmtree(project.folder / NOTE, ignore_errors=True)
        (project.folder / NOTE).symlink_to(target)

    assert_refused(tampered(theirs, tmp_path, tamper), quick=True)


def test_a_note_in_any_state_ends_in_a_sentence(edited: tuple[Project, dict[str, str]], tmp_path: Path) -> None:
    """One's own note, changed at random: a run ends with a sentence or does its work, and nothing outside is touched."""
    wrong: list[str] = []
    for number in range(MUTATIONS):
        chance = random.Random(zlib.crc32(f"note {number}".encode()))
        place = world(tmp_path / str(number))
        victim = Victim(place, copy(edited[0], place / "clone"))
        stop(victim.project)
        whole = victim.project.text(LIST).encode() if victim.project.has(LIST) else b"{}"
        victim.project.write(LIST, chance.choice(TEXT)(whole, chance))
        before = victim.all()
        said = attempt(victim, entry_point=number % 2)
        touched = changes(outside(before), outside(victim.all()))
        wrong += [f"note {number}: {said} {touched}"] if said or touched else []
        shutil.rmtree(place)
    assert not wrong, f"{len(wrong)}, such as\n" + "\n".join(wrong[:8])


def attempt(victim: Victim, entry_point: int) -> str:
    """Run in this process; what is wrong with how it ended."""
    try:
        if entry_point:
            generate(str(victim.project.folder), "", write=True)
        else:
            done = within.protoc(victim.project.folder)
            return done.stderr if "Traceback" in done.stderr else ""
    except GenerationError:
        return ""
    except Exception as error:
        return repr(error)
    return ""
