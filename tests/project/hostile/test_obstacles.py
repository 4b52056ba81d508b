"""What cannot be written is found out before anything is: a folder for a file, a file for a folder, a long name."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.harness import CART, CLEAR, PROTOS, SETTLED, Project, copy, proto
from tests.project.hostile.harness import (
    BUF,
    ENTRY_POINTS,
    PROTOC,
    EntryPoint,
    Victim,
    assert_harmless,
    changes,
    sentence,
)
from tests.support.snapshot import differences

PLACES = {
    "docs": "a file",
    "src": "a file",
    "src/shop/handlers": "a file",
    ".pyservice": "a file",
    ".pyservice/objects": "a file",
    "docs/api.md": "a folder",
    "README.md": "a folder",
    "src/shop/app.py": "a folder",
    "src/shop/gen/registry.py": "a folder",
    ".pyservice/lock.json": "a folder",
    "tests/samples.py": "a folder",
}
"""Files that a run has to write, and the obstacles in their places."""

LONG = "S" + "o" * 258 + "n"


def block(project: Project, path: str) -> None:
    """Put something there that a run cannot write over."""
    place = project.folder / path
    shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    project.write(path if PLACES[path] == "a file" else f"{path}/kept.txt", "ours\n")


def only_protos(folder: Path) -> Project:
    """A folder before its first generation, for protoc and for buf."""
    project = Project(folder)
    for name, content in PROTOS.items():
        project.proto(name, content)
    return project


def for_buf(project: Project) -> None:
    """What buf needs, beside the project."""
    project.write("../buf.gen.yaml", _TEMPLATE)
    project.write("../buf.yaml", "version: v2\nmodules:\n  - path: shop/proto\n")


_TEMPLATE = """\
version: v2
plugins:
  - local: protoc-gen-pyservice
    out: shop
    opt: [out=shop, parts=none]
    strategy: all
"""


def assert_all_refuse(victim: Victim, entry_points: tuple[EntryPoint, ...] = ENTRY_POINTS) -> None:
    """These entry points say so in one sentence, or tell what a run would do where they only look; nothing is written."""
    before = victim.all()
    for entry_point in entry_points:
        if entry_point.writes:
            sentence(entry_point, victim.enter(entry_point))
        else:
            assert_harmless(victim, entry_point)
        assert changes(before, victim.all()) == [], entry_point.name


@pytest.mark.parametrize("path", PLACES)
def test_protoc_begins_nothing_that_it_cannot_end(tmp_path: Path, path: str) -> None:
    """A first generation into a folder with an obstacle writes not a single file."""
    project = only_protos(tmp_path / "shop")
    block(project, path)
    assert_all_refuse(Victim(project.folder, project), (PROTOC,))


def test_buf_begins_nothing_that_it_cannot_end(tmp_path: Path) -> None:
    """The same with buf."""
    project = only_protos(tmp_path / "shop")
    block(project, "docs")
    for_buf(project)
    assert_all_refuse(Victim(tmp_path, Project(tmp_path)), (BUF,))


@pytest.mark.parametrize("path", ["docs", ".pyservice/lock.json", "src/shop/gen/registry.py"])
def test_no_command_begins_what_it_cannot_end(base: Project, tmp_path: Path, path: str) -> None:
    """In a project it is refused by every entry point that would write."""
    project = copy(base, tmp_path / "shop")
    block(project, path)
    assert_all_refuse(Victim(tmp_path, project))


# -------------------------------------------------------------------------------------------------- long names

LONG_PROTO = f"{'p' * 245}.proto"

Change = Callable[[Project], None]


def long_service(project: Project) -> None:
    """A service whose module would have a name that no file can have."""
    project.proto(CART, proto(LONG, "Add"))


def long_proto(project: Project) -> None:
    """A proto with a name that a file can have, and its modules cannot."""
    name = LONG_PROTO
    project.proto(name, 'syntax = "proto3";\npackage long;\nmessage Long {}\n')
    project.proto(CART, CLEAR.replace("import ", f'import "{name}";\nimport ', 1))


@pytest.mark.parametrize("change", [long_service, long_proto])
def test_a_name_that_no_file_can_have_is_refused(settled: Project, tmp_path: Path, change: Change) -> None:
    """Every entry point says so in one sentence; with a shorter name the next run does all of it."""
    project = copy(settled, tmp_path / "shop")
    change(project)
    assert_all_refuse(Victim(tmp_path, project))
    project.proto(CART, CLEAR)
    (project.folder / "proto" / LONG_PROTO).unlink(missing_ok=True)
    project.generate()
    assert "async def clear(" in project.text("src/shop/handlers/cart.py")
    assert project.generate("--check").stdout == SETTLED


def test_a_long_name_in_a_first_generation_is_refused(tmp_path: Path) -> None:
    """protoc writes nothing, and with a shorter name all of it."""
    project = only_protos(tmp_path / "shop")
    long_service(project)
    assert_all_refuse(Victim(tmp_path, project), (PROTOC,))
    project.proto(CART, PROTOS[CART])
    project.protoc(*PROTOS, options=("parts=none",))
    whole = only_protos(tmp_path / "whole")
    whole.protoc(*PROTOS, options=("parts=none", "name=shop"))
    assert differences(whole.files(), project.files()) == []
