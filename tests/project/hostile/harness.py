"""A malicious repository, cloned beside unrelated folders."""

import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.project.harness import PROTOS, Project
from tests.project.hostile import within
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
class EntryPoint:
    """A way into the engine, and how it says that it refuses."""

    name: str
    command: tuple[str, ...]
    code: int
    prefix: str
    writes: bool = True


def _protoc(*options: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "grpc_tools.protoc", "-Iproto", "--pyservice_out=.", *options, *PROTOS)


GENERATE = EntryPoint("generate", ("pyservice", "generate"), 2, "pyservice: ")
CHECK = EntryPoint("check", ("pyservice", "generate", "--check"), 2, "pyservice: ", writes=False)
DRY = EntryPoint("dry-run", ("pyservice", "generate", "--dry-run"), 2, "pyservice: ", writes=False)
PROTOC = EntryPoint("protoc", _protoc(), 1, "--pyservice_out: ")
BUF = EntryPoint("buf", ("buf", "generate"), 1, "Failure: plugin ")
ENTRY_POINTS = (CHECK, DRY, GENERATE, PROTOC, BUF)
QUICK = (CHECK, DRY, GENERATE, PROTOC)
WRITING = (GENERATE, PROTOC, BUF)


@dataclass(frozen=True, slots=True)
class Victim:
    """A clone, and the world that it is in."""

    world: Path
    project: Project

    def all(self) -> dict[str, str]:
        """Everything in the world: what it is, its mode, and what is in it."""
        return everything(self.world)

    def around(self) -> dict[str, str]:
        """What no run may touch: all that is not the project, and its repository."""
        return outside(self.all())

    def enter(self, entry_point: EntryPoint) -> Finished:
        """Go through a entry point."""
        return run(entry_point.command, self.project.folder)

    def enter_within(self, entry_point: EntryPoint) -> Finished:
        """Go through a entry point in this process: quicker, and the same but for the process around it."""
        program, *arguments = entry_point.command
        if program == "pyservice":
            return within.pyservice(self.project.folder, arguments)
        return within.protoc(self.project.folder)


Tamper = Callable[[Project], None]


def outside(files: Mapping[str, str]) -> dict[str, str]:
    """Of everything in a victim's world what no run may touch."""
    return {path: what for path, what in files.items() if not path.startswith("clone/") or _is_git(path)}


def _is_git(path: str) -> bool:
    return path.startswith("clone/.git/")


def everything(folder: Path) -> dict[str, str]:
    """What a folder holds by its path: links as links, and of files also whether anybody wrote to them."""
    found: dict[str, str] = {}
    folders = [str(folder)]
    start = len(folders[0]) + 1
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                mode = stat.filemode(status.st_mode)
                if mode.startswith("d"):
                    folders.append(entry.path)
                    found[entry.path[start:]] = mode
                else:
                    link = os.readlink(entry.path) if mode.startswith("l") else ""
                    found[entry.path[start:]] = f"{mode} {status.st_ino} {status.st_size} {status.st_mtime_ns} {link}"
    return found


def world(folder: Path) -> Path:
    """A folder with things in it that are none of a project's business."""
    for path, content in _SIBLINGS.items():
        Project(folder).write(path, content)
    return folder


def around(project: Project) -> Path:
    """The world that a project is in, or that it will be cloned into."""
    beside = project.folder.parent
    return beside if (beside / "precious").exists() else beside / "world"


def git(folder: Path, *arguments: str) -> None:
    """Run git. Raises AssertionError where it fails."""
    who = ("-c", "user.name=A Person", "-c", "user.email=person@example.com")
    env = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    done = run(["git", *who, *arguments], folder, env)
    assert done.returncode == 0, done.said


def commit(folder: Path, *flags: str) -> None:
    """Commit all that is in a folder; ignored files too with ``--force``."""
    git(folder, "add", "--all", *flags)
    git(folder, "commit", "--quiet", "--message", "Nothing to see here")


def cloned(theirs: Project, folder: Path, tamper: Tamper) -> Victim:
    """A copy of a repository, prepared and committed by an attacker, and cloned by the victim."""
    prepared = Project(folder / "prepared")
    shutil.copytree(theirs.folder, prepared.folder, symlinks=True)
    place = world(folder / "world")
    tamper(prepared)
    commit(prepared.folder, "--force")
    git(place, "clone", "--quiet", "--no-local", str(prepared.folder), "clone")
    return Victim(place, Project(place / "clone"))


def tampered(theirs: Project, folder: Path, tamper: Tamper) -> Victim:
    """The same without a commit and a clone: for what git hands on as it is."""
    place = world(folder / "world")
    shutil.copytree(theirs.folder, place / "clone", symlinks=True)
    tamper(Project(place / "clone"))
    return Victim(place, Project(place / "clone"))


def sentence(entry_point: EntryPoint, done: Finished) -> str:
    """What a entry point says that refuses. Raises AssertionError where that is not one sentence.

    Where the compiler had its say before, and the sentence refers to it, that is left out.
    """
    assert "Traceback" not in done.said, done.said
    assert done.returncode == entry_point.code, done.said
    lines = [line for line in done.stderr.splitlines() if line and ": warning: " not in line]
    if lines and any(spoken in lines[-1] for spoken in ("its words are above", "see above")):
        del lines[:-1]
    assert len(lines) == 1, done.said
    assert lines[0].startswith(entry_point.prefix), done.said
    said = lines[0].removeprefix(entry_point.prefix)
    assert said.isprintable(), f"{said!r} has control characters"
    assert said.endswith("."), said
    assert not re.search(r"[.!?] [A-Z]", said), f"more than one sentence: {said}"
    assert done.stdout == "", done.said
    return said


def assert_refused(victim: Victim, quick: bool = False) -> None:
    """Go through every entry point: each says so in one sentence, and changes nothing.

    Those that only look are entered in this process, which is quicker; ``quick`` is without any other, where buf is
    not told from protoc. Raises AssertionError that tells of every entry point.
    """
    before, problems = victim.all(), []
    for entry_point in QUICK if quick else ENTRY_POINTS:
        done = victim.enter(entry_point) if entry_point.writes and not quick else victim.enter_within(entry_point)
        try:
            sentence(entry_point, done)
        except AssertionError as error:
            problems.append(f"{entry_point.name}: {_short(str(error))}")
        changed = changes(before, victim.all())
        if changed:
            problems.append(f"{entry_point.name} changed {len(changed)} files, such as {changed[:5]}")
            break
    assert not problems, "\n".join(problems)


def assert_all_refused(victim: Victim, path: str, contents: Mapping[str, str | bytes]) -> None:
    """With each content of a file every run is refused. Raises AssertionError that tells of every one that is not."""
    problems: list[str] = []
    spare = victim.world.with_name("spare")
    shutil.copytree(victim.world, spare, symlinks=True)
    for name, content in contents.items():
        victim.project.write(path, content)
        try:
            assert_refused(victim, quick=True)
        except AssertionError as error:
            problems.append(f"{name}: {error}")
            shutil.rmtree(victim.world)
            shutil.copytree(spare, victim.world, symlinks=True)
    assert not problems, f"{len(problems)} of {len(contents)} are not refused\n" + "\n".join(problems)


def _short(text: str) -> str:
    """The beginning and the end: what is between them is a traceback."""
    lines = text.strip().splitlines()
    return " / ".join(lines if len(lines) < 5 else [*lines[:2], *lines[-2:]])


def assert_harmless(victim: Victim, entry_point: EntryPoint, quick: bool = False) -> Finished:
    """Go through a entry point that may do its work or refuse it; the world around stays, and nothing runs."""
    before, around = victim.all(), victim.around()
    done = victim.enter_within(entry_point) if quick else victim.enter(entry_point)
    assert "Traceback" not in done.said, done.said
    assert changes(around, victim.around()) == [], f"{entry_point.name} reached out of the project"
    assert not list(victim.world.rglob(MARKER)), f"{entry_point.name} ran a command"
    if done.returncode not in (0, 1) or (entry_point.code == 1 and done.returncode):
        sentence(entry_point, done)
    if done.returncode == entry_point.code or not entry_point.writes:
        assert changes(before, victim.all()) == [], f"{entry_point.name} changed something and said {done.said}"
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
            yield f"changed {path}"
