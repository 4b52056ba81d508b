"""What cannot be written is found out before anything is: a folder for a file, a file for a folder, a long name."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.hostile.kit import BUF, DOORS, PROTOC, Door, Victim, assert_harmless, changes, sentence
from tests.project.kit import CART, CLEAR, PROTOS, SETTLED, House, copy, proto
from tests.support.snapshot import differences

PLACES = {
    "docs": "a file",
    "src": "a file",
    "src/shop/handlers": "a file",
    ".pyservice": "a file",
    ".pyservice/pristine": "a file",
    "docs/api.md": "a folder",
    "README.md": "a folder",
    "src/shop/app.py": "a folder",
    "src/shop/gen/registry.py": "a folder",
    ".pyservice/lock.json": "a folder",
    ".pyservice/descriptors.binpb": "a folder",
    ".pyservice/pristine/README.md": "a folder",
    "tests/strategies.py": "a folder",
}
"""What a run has to write, and what stands there."""

LONG = "S" + "o" * 258 + "n"


def block(house: House, path: str) -> None:
    """Put something there that a run cannot write over."""
    place = house.folder / path
    shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    house.write(path if PLACES[path] == "a file" else f"{path}/kept.txt", "ours\n")


def only_protos(folder: Path) -> House:
    """A folder before its first generation, for protoc and for buf."""
    house = House(folder)
    for name, content in PROTOS.items():
        house.proto(name, content)
    return house


def for_buf(house: House) -> None:
    """What buf needs, beside the project."""
    house.write("../buf.gen.yaml", _TEMPLATE)
    house.write("../buf.yaml", "version: v2\nmodules:\n  - path: shop/proto\n")


_TEMPLATE = """\
version: v2
plugins:
  - local: protoc-gen-pyservice
    out: shop
    opt: [out=shop, parts=none]
    strategy: all
"""


def assert_all_refuse(victim: Victim, doors: tuple[Door, ...] = DOORS) -> None:
    """These doors say so in one sentence, or tell what a run would do where they only look; nothing is written."""
    before = victim.all()
    for door in doors:
        if door.writes:
            sentence(door, victim.enter(door))
        else:
            assert_harmless(victim, door)
        assert changes(before, victim.all()) == [], door.name


@pytest.mark.parametrize("path", PLACES)
def test_protoc_begins_nothing_that_it_cannot_end(tmp_path: Path, path: str) -> None:
    """A first generation into a folder in which something is in the way writes not a single file."""
    house = only_protos(tmp_path / "shop")
    block(house, path)
    assert_all_refuse(Victim(house.folder, house), (PROTOC,))


def test_buf_begins_nothing_that_it_cannot_end(tmp_path: Path) -> None:
    """The same with buf."""
    house = only_protos(tmp_path / "shop")
    block(house, "docs")
    for_buf(house)
    assert_all_refuse(Victim(tmp_path, House(tmp_path)), (BUF,))


@pytest.mark.parametrize("path", ["docs", ".pyservice/lock.json", "src/shop/gen/registry.py"])
def test_no_command_begins_what_it_cannot_end(base: House, tmp_path: Path, path: str) -> None:
    """In a project it is refused by every entry point that would write."""
    house = copy(base, tmp_path / "shop")
    block(house, path)
    assert_all_refuse(Victim(tmp_path, house))


# -------------------------------------------------------------------------------------------------- long names

LONG_PROTO = f"{'p' * 245}.proto"

Change = Callable[[House], None]


def long_service(house: House) -> None:
    """A service whose module would have a name that no file can have."""
    house.proto(CART, proto(LONG, "Add"))


def long_proto(house: House) -> None:
    """A proto with a name that a file can have, and its modules cannot."""
    name = LONG_PROTO
    house.proto(name, 'syntax = "proto3";\npackage long;\nmessage Long {}\n')
    house.proto(CART, CLEAR.replace("import ", f'import "{name}";\nimport ', 1))


@pytest.mark.parametrize("change", [long_service, long_proto])
def test_a_name_that_no_file_can_have_is_refused(settled: House, tmp_path: Path, change: Change) -> None:
    """Every entry point says so in one sentence; with a shorter name the next run does all of it."""
    house = copy(settled, tmp_path / "shop")
    change(house)
    assert_all_refuse(Victim(tmp_path, house))
    house.proto(CART, CLEAR)
    (house.folder / "proto" / LONG_PROTO).unlink(missing_ok=True)
    house.generate()
    assert "async def clear(" in house.text("src/shop/handlers/cart.py")
    assert house.generate("--check").stdout == SETTLED


def test_a_long_name_in_a_first_generation_is_refused(tmp_path: Path) -> None:
    """protoc writes nothing, and with a shorter name all of it."""
    house = only_protos(tmp_path / "shop")
    long_service(house)
    assert_all_refuse(Victim(tmp_path, house), (PROTOC,))
    house.proto(CART, PROTOS[CART])
    house.protoc(*PROTOS, options=("parts=none",))
    whole = only_protos(tmp_path / "whole")
    whole.protoc(*PROTOS, options=("parts=none", "name=shop"))
    assert differences(whole.files(), house.files()) == []
