"""Whatever has become of what a project keeps about itself: a run ends with a sentence, or does its work in it."""

import random
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from protoc_gen_pyservice.errors import GenerationError
from protoc_gen_pyservice.regenerate import generate
from tests.project.harness import CART, Project, copy
from tests.project.hostile import within
from tests.project.hostile.harness import HAND_WRITTEN, Victim, changes, outside, world
from tests.project.hostile.killed import LIST, kill_half_way
from tests.project.hostile.mutations import BINARY, TEXT, Mutation
from tests.project.hostile.records import LOCK, content, named, store

GROUPS = 4
"""For workers to share what there is of each file."""
DEFAULT = 12
"""Default number of mutations of each file in each group."""

DESCRIPTOR, OBJECT = f"descriptor {CART}", "file README.md"
"""Keys of the lock, for the objects that they name."""

RECORDS: dict[str, tuple[Mutation, ...]] = {LOCK: TEXT, DESCRIPTOR: BINARY, OBJECT: TEXT, "pyservice.toml": TEXT}


def many(config: pytest.Config) -> int:
    """How many mutations a group tries."""
    return int(config.getoption("--mutations", None) or DEFAULT)


def seeds(path: str, group: int, count: int) -> Iterator[tuple[str, random.Random]]:
    """A seed to be named, and the chance that it makes."""
    for number in range(count):
        seed = f"{path} {group} {number}"
        yield seed, random.Random(zlib.crc32(seed.encode()))


def put(project: Project, path: str, text: bytes) -> None:
    """Write a record; the lock vouches for a descriptor, as if an attacker changed both."""
    if path == DESCRIPTOR:
        store(project, {CART: text}, {})
    elif path == OBJECT:
        project.write(named(project, path), text)
    else:
        project.write(path, text)


def record(project: Project, path: str) -> bytes:
    """A record as it is: of a descriptor what its object holds."""
    if path == DESCRIPTOR:
        return content(project, path)
    return (project.folder / (named(project, path) if path == OBJECT else path)).read_bytes()


def attempt(victim: Victim, chance: random.Random) -> str:
    """Run in this process, through one of the entry points; what is wrong with how it ended."""
    try:
        if chance.random() < 0.5:
            generate(str(victim.project.folder), "", write=chance.random() < 0.7)
        else:
            done = within.protoc(victim.project.folder)
            return done.stderr if "Traceback" in done.stderr else ""
    except GenerationError as error:
        return "" if str(error).isprintable() else f"the message is {str(error)!r}"
    except Exception as error:
        return repr(error)
    return ""


def problems(victim: Victim, before: dict[str, str], chance: random.Random) -> tuple[list[str], bool]:
    """All that is wrong after a run, and whether the run changed something."""
    said = attempt(victim, chance)
    after = victim.all()
    lost = [f"lost {path}" for path, text in HAND_WRITTEN.items() if not _is_still(victim.project, path, text)]
    return [*filter(None, [said]), *lost, *changes(outside(before), outside(after))], after != before


def _is_still(project: Project, path: str, text: str) -> bool:
    return project.has(path) and project.text(path) == text


def fresh(theirs: Project, folder: Path) -> Victim:
    """A project as it is, in a world of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    place = world(folder)
    return Victim(place, copy(theirs, place / "clone"))


@pytest.mark.parametrize("group", range(GROUPS))
@pytest.mark.parametrize("path", RECORDS)
def test_a_record_in_any_state_ends_in_a_sentence(
    theirs: Project, tmp_path: Path, path: str, group: int, pytestconfig: pytest.Config
) -> None:
    """Changed at random, it is refused with a message for the user, or read: and nothing outside is touched."""
    victim = fresh(theirs, tmp_path / "world")
    whole = record(victim.project, path)
    wrong: list[str] = []
    for seed, chance in seeds(path, group, many(pytestconfig)):
        put(victim.project, path, chance.choice(RECORDS[path])(whole, chance))
        found, changed = problems(victim, victim.all(), chance)
        wrong += [f"{seed}: {problem}" for problem in found[:3]]
        if changed:
            victim = fresh(theirs, tmp_path / "world")
    assert not wrong, f"{len(wrong)}, such as\n" + "\n".join(wrong[:8])


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_journal_in_any_state_ends_in_a_sentence(
    base: Project, tmp_path: Path, group: int, pytestconfig: pytest.Config
) -> None:
    """One's own journal, changed at random: whatever it says is done in the project, or refused."""
    wrong: list[str] = []
    for seed, chance in seeds("journal", group, many(pytestconfig) // 5):
        victim = fresh(base, tmp_path / "world")
        kill_half_way(victim.project, chance.randrange(3))
        list_ = (victim.project.folder / LIST).read_bytes()
        victim.project.write(LIST, chance.choice(TEXT)(list_, chance))
        found, _ = problems(victim, victim.all(), chance)
        wrong += [f"{seed}: {problem}" for problem in found[:3]]
    assert not wrong, f"{len(wrong)}, such as\n" + "\n".join(wrong[:8])
