"""A repository that somebody prepared, cloned among folders that are none of its business."""

import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from protoc_gen_pyservice.cli import main
from tests.project.kit import PROTOS, House
from tests.support.command import Finished, run

NOTES = "notes.txt"
MINE = "src/shop/handlers/mine.py"
MARKER = "ran"
"""What a command that ran by mistake leaves behind, somewhere."""

_SIBLINGS = {
    "precious": "the only copy\n",
    "victim-home/.bashrc": "alias ll='ls -l'\n",
    "victim/readme": "private\n",
    "outside/registry.py": "kept = True\n",
    "common.py": "shared = True\n",
}

HAND_WRITTEN = {NOTES: "remember the milk\n", MINE: "mine = True\n"}
"""Files that no generator made."""


@dataclass(frozen=True, slots=True)
class Door:
    """A way into the engine, and how it says that it refuses."""

    name: str
    command: tuple[str, ...]
    code: int
    prefix: str
    writes: bool = True


def _protoc(*options: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "grpc_tools.protoc", "-Iproto", "--pyservice_out=.", *options, *PROTOS)


GENERATE = Door("generate", ("pyservice", "generate"), 2, "pyservice: ")
CHECK = Door("check", ("pyservice", "generate", "--check"), 2, "pyservice: ", writes=False)
DRY = Door("dry-run", ("pyservice", "generate", "--dry-run"), 2, "pyservice: ", writes=False)
PROTOC = Door("protoc", _protoc(), 1, "--pyservice_out: ")
BUF = Door("buf", ("buf", "generate"), 1, "Failure: plugin protoc-gen-pyservice: ")
DOORS = (CHECK, DRY, GENERATE, PROTOC, BUF)
WRITING = (GENERATE, PROTOC, BUF)


@dataclass(frozen=True, slots=True)
class Victim:
    """A clone, and the world that it is in."""

    world: Path
    house: House

    def all(self) -> dict[str, str]:
        """Everything in the world: what it is, its mode, and what is in it."""
        return everything(self.world)

    def around(self) -> dict[str, str]:
        """What no run may touch: all that is not the project, and its repository."""
        return {path: what for path, what in self.all().items() if not path.startswith("clone/") or _git(path)}

    def enter(self, door: Door, within: bool = False) -> Finished:
        """Go through a door; ``within`` this process where that is possible, which is quicker."""
        program, *arguments = door.command
        if not within or program != "pyservice":
            return run(door.command, self.house.folder)
        done = CliRunner().invoke(main, [*arguments, "--project", str(self.house.folder)])
        trace = "" if isinstance(done.exception, SystemExit | None) else f"Traceback: {done.exception!r}"
        return Finished(done.exit_code, done.stdout, done.stderr + trace)


Tamper = Callable[[House], None]


def _git(path: str) -> bool:
    return path.startswith("clone/.git/")


def everything(folder: Path) -> dict[str, str]:
    """What a folder holds by its path: links as links, with modes."""
    found: dict[str, str] = {}
    for at, inside, names in os.walk(folder):
        for name in (*inside, *names):
            path = Path(at, name)
            mode = path.lstat().st_mode
            found[path.relative_to(folder).as_posix()] = f"{stat.filemode(mode)} {_content(path, mode)!r}"
    return found


def _content(path: Path, mode: int) -> str | bytes:
    if stat.S_ISLNK(mode):
        return os.readlink(path)
    return path.read_bytes() if stat.S_ISREG(mode) else ""


def world(folder: Path) -> Path:
    """A folder with things in it that are none of a project's business."""
    for path, content in _SIBLINGS.items():
        House(folder).write(path, content)
    return folder


def git(folder: Path, *arguments: str) -> None:
    """Run git. Raises AssertionError where it fails."""
    who = ("-c", "user.name=A Person", "-c", "user.email=person@example.com")
    env = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    done = run(["git", *who, *arguments], folder, env)
    assert done.returncode == 0, done.said


def cloned(base: House, folder: Path, tamper: Tamper) -> Victim:
    """A copy of the project, prepared by somebody, committed by them, and cloned by their victim."""
    theirs = folder / "theirs"
    shutil.copytree(base.folder, theirs, symlinks=True)
    tamper(House(theirs))
    git(theirs, "init", "--quiet")
    git(theirs, "add", "--all", "--force")
    git(theirs, "commit", "--quiet", "--message", "Nothing to see here")
    place = world(folder / "world")
    git(place, "clone", "--quiet", str(theirs), "clone")
    return Victim(place, House(place / "clone"))


def tampered(clone: Victim, folder: Path, tamper: Tamper) -> Victim:
    """A copy of a clone, as it would be had somebody prepared it: for what git hands on as it is."""
    shutil.copytree(clone.world, folder / "world", symlinks=True)
    house = House(folder / "world" / "clone")
    tamper(house)
    return Victim(folder / "world", house)


def sentence(door: Door, done: Finished) -> str:
    """What a door says that refuses. Raises AssertionError where that is not one sentence."""
    assert "Traceback" not in done.said, done.said
    assert done.returncode == door.code, done.said
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1, done.said
    assert lines[0].startswith(door.prefix), done.said
    said = lines[0].removeprefix(door.prefix)
    assert said.isprintable(), f"{said!r} has control characters"
    assert said.endswith("."), said
    assert not re.search(r"[.!?] [A-Z]", said), f"more than one sentence: {said}"
    assert done.stdout == "", done.said
    return said


def refusals(victim: Victim, within: bool = False) -> dict[str, str]:
    """What each door says; none may change anything. Raises AssertionError that tells of every door."""
    before = victim.all()
    said: dict[str, str] = {}
    problems: list[str] = []
    for door in DOORS:
        done = victim.enter(door, within)
        try:
            said[door.name] = sentence(door, done)
        except AssertionError as error:
            problems.append(f"{door.name}: {_short(str(error))}")
        changed = changes(before, victim.all())
        if changed:
            problems.append(f"{door.name} changed {changed}")
            break
    assert not problems, "\n".join(problems)
    return said


def _short(text: str) -> str:
    """The beginning and the end: what is between them is a traceback."""
    lines = text.strip().splitlines()
    return " / ".join(lines if len(lines) < 5 else [*lines[:2], *lines[-2:]])


def assert_harmless(victim: Victim, door: Door) -> Finished:
    """Go through a door that may do its work or refuse it; the world around stays, and nothing runs."""
    before, around = victim.all(), victim.around()
    done = victim.enter(door)
    assert "Traceback" not in done.said, done.said
    assert changes(around, victim.around()) == [], f"{door.name} reached out of the project"
    assert not list(victim.world.rglob(MARKER)), f"{door.name} ran a command"
    if done.returncode not in (0, 1) or (door.code == 1 and done.returncode):
        sentence(door, done)
    if done.returncode == door.code or not door.writes:
        assert changes(before, victim.all()) == [], f"{door.name} changed something and said {done.said}"
    return done


def changes(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """One line for everything that came, went or became something else."""
    return sorted(_changes(before, after))


def _changes(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    for path in before.keys() | after.keys():
        if path not in after:
            yield f"removed {path}"
        elif path not in before:
            yield f"added {path}"
        elif before[path] != after[path]:
            yield f"changed {path}: {before[path][:80]} -> {after[path][:80]}"
