"""Whatever has become of what a project keeps about itself: a run ends with a sentence, or does its work in it."""

import random
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from protoc_gen_pyservice.errors import GenerationError
from protoc_gen_pyservice.regenerate import generate
from tests.project.hostile import within
from tests.project.hostile.killed import LIST, kill_half_way
from tests.project.hostile.kit import HAND_WRITTEN, Victim, changes, outside, world
from tests.project.hostile.mutations import BINARY, TEXT, Mutation
from tests.project.hostile.records import DESCRIPTORS, LOCK, store
from tests.project.kit import House, copy

GROUPS = 4
"""For workers to share what there is of each file."""
DEFAULT = 12
"""Mutations of each file in each group, where nobody asks for more."""

RECORDS: dict[str, tuple[Mutation, ...]] = {LOCK: TEXT, DESCRIPTORS: BINARY, "pyservice.toml": TEXT}


def many(config: pytest.Config) -> int:
    """How many mutations a group tries."""
    return int(config.getoption("--mutations", None) or DEFAULT)


def seeds(path: str, group: int, count: int) -> Iterator[tuple[str, random.Random]]:
    """A seed to be named, and the chance that it makes."""
    for number in range(count):
        seed = f"{path} {group} {number}"
        yield seed, random.Random(zlib.crc32(seed.encode()))


def put(house: House, path: str, content: bytes, chance: random.Random) -> None:
    """Write a record; often the lock vouches for descriptors, as when somebody changed both."""
    if path == DESCRIPTORS and chance.random() < 0.7:
        store(house, content, {})
    else:
        house.write(path, content)


def attempt(victim: Victim, chance: random.Random) -> str:
    """Run in this process, through one of the doors; what is wrong with how it ended."""
    try:
        if chance.random() < 0.5:
            generate(str(victim.house.folder), "", write=chance.random() < 0.7)
        else:
            done = within.protoc(victim.house.folder)
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
    lost = [f"lost {path}" for path, text in HAND_WRITTEN.items() if not _is_still(victim.house, path, text)]
    return [*filter(None, [said]), *lost, *changes(outside(before), outside(after))], after != before


def _is_still(house: House, path: str, text: str) -> bool:
    return house.has(path) and house.text(path) == text


def fresh(theirs: House, folder: Path) -> Victim:
    """A project as it is, in a world of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    place = world(folder)
    return Victim(place, copy(theirs, place / "clone"))


@pytest.mark.parametrize("group", range(GROUPS))
@pytest.mark.parametrize("path", RECORDS)
def test_a_record_in_any_state_ends_in_a_sentence(
    theirs: House, tmp_path: Path, path: str, group: int, pytestconfig: pytest.Config
) -> None:
    """Changed at random, it is refused with a message for its owner, or read: and nothing outside is touched."""
    victim = fresh(theirs, tmp_path / "world")
    whole = (victim.house.folder / path).read_bytes()
    wrong: list[str] = []
    for seed, chance in seeds(path, group, many(pytestconfig)):
        put(victim.house, path, chance.choice(RECORDS[path])(whole, chance), chance)
        found, changed = problems(victim, victim.all(), chance)
        wrong += [f"{seed}: {problem}" for problem in found[:3]]
        if changed:
            victim = fresh(theirs, tmp_path / "world")
    assert not wrong, f"{len(wrong)}, such as\n" + "\n".join(wrong[:8])


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_journal_in_any_state_ends_in_a_sentence(
    base: House, tmp_path: Path, group: int, pytestconfig: pytest.Config
) -> None:
    """One's own journal, changed at random: whatever it says is done in the project, or refused."""
    wrong: list[str] = []
    for seed, chance in seeds("journal", group, many(pytestconfig) // 5):
        victim = fresh(base, tmp_path / "world")
        kill_half_way(victim.house, chance.randrange(3))
        list_ = (victim.house.folder / LIST).read_bytes()
        victim.house.write(LIST, chance.choice(TEXT)(list_, chance))
        found, _ = problems(victim, victim.all(), chance)
        wrong += [f"{seed}: {problem}" for problem in found[:3]]
    assert not wrong, f"{len(wrong)}, such as\n" + "\n".join(wrong[:8])
