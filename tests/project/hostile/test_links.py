"""A link in a repository can lead anywhere: no run writes through one that leads out."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.harness import CART, REGISTRY, Project, proto
from tests.project.hostile.harness import (
    MINE,
    WRITING,
    Tamper,
    Victim,
    around,
    assert_harmless,
    assert_refused,
    cloned,
    tampered,
)
from tests.project.hostile.killed import ASIDE
from tests.project.hostile.records import LOCK, OBJECTS, named

SHARED = "src/shop/shared.py"


def link(path: str, target: str) -> Tamper:
    """Put a link where a file or folder stood, which is moved out of the way."""

    def tamper(project: Project) -> None:
        place = project.folder / path
        if place.exists():
            place.rename(project.folder / f"was-{place.name}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)

    return tamper


def to_its_twin(path: str) -> Tamper:
    """Put a link out of the project where a file or folder stood, to what looks the same from inside."""

    def tamper(project: Project) -> None:
        place = project.folder / path
        twin = around(project) / "outside" / place.name
        twin.parent.mkdir(parents=True, exist_ok=True)
        place.rename(twin)
        place.symlink_to(os.path.join(*[".."] * len(Path(path).parts), "outside", place.name))

    return tamper


def inside(path: str, target: str) -> Tamper:
    """Move a file or folder to another place in the project, and leave a link to it."""

    def tamper(project: Project) -> None:
        there = project.folder / target
        there.parent.mkdir(parents=True, exist_ok=True)
        (project.folder / path).rename(there)
        (project.folder / path).symlink_to(os.path.relpath(there, (project.folder / path).parent))

    return tamper


def of_the_readme(tamper: Callable[[str], Tamper]) -> Tamper:
    """The same with the object of a file."""
    return lambda project: tamper(named(project, "file README.md"))(project)


def chain(project: Project) -> None:
    """A link inside that leads to one that leads out."""
    link("README.md", "exit/.bashrc")(project)
    link("exit", "../victim-home")(project)


LINKS: dict[str, Tamper] = {
    "page": link("docs/api.md", "../../victim-home/.bashrc"),
    "page to a hook": link("docs/api.md", "../.git/hooks/pre-commit"),
    "generated folder": link("src/shop/gen", "../../../outside"),
    "readme": to_its_twin("README.md"),
    "settings": to_its_twin("pyservice.toml"),
    "its own folder inside": inside(".pyservice", "state"),
    "lock": inside(LOCK, "lock.json"),
    "journal to be": link(ASIDE, "../../outside"),
}

MORE: dict[str, Tamper] = {
    "makefile": link("Makefile", "../precious"),
    "objects": to_its_twin(OBJECTS),
    "object": of_the_readme(lambda path: link(path, "../../../precious")),
    "its own folder": to_its_twin(".pyservice"),
    "page to nothing yet": link("docs/api.md", "../../victim-home/.profile"),
    "page to git's settings": link("docs/api.md", "../.git/config"),
    "page to itself": link("docs/api.md", "api.md"),
    "folder of a new file": link("docs", "../outside"),
    "folder into git": link("docs", ".git/hooks"),
    "generated folder that looks the same": to_its_twin("src/shop/gen"),
    "registry that looks the same": to_its_twin(REGISTRY),
    "handlers": to_its_twin("src/shop/handlers/cart.py"),
    "folder of handlers": to_its_twin("src/shop/handlers"),
    "absolute": link("README.md", "/no/such/file"),
    "chain": chain,
    "objects inside": inside(OBJECTS, "objects"),
    "object inside": of_the_readme(lambda path: inside(path, "readme")),
    "object to another": link(f"{OBJECTS}/{'0' * 64}", "../lock.json"),
    "journal to be, inside": link(ASIDE, "../docs"),
    "overwritten": link(".pyservice/overwritten", "../../outside"),
}


@pytest.mark.parametrize("tamper", LINKS.values(), ids=LINKS)
def test_a_link_in_the_way_is_refused(theirs: Project, tmp_path: Path, tamper: Tamper) -> None:
    """Where a run would read or write through such a link it says so in one sentence, and writes nothing at all."""
    assert_refused(cloned(theirs, tmp_path, tamper))


@pytest.mark.parametrize("tamper", MORE.values(), ids=MORE)
def test_other_links_in_the_way_are_refused(theirs: Project, tmp_path: Path, tamper: Tamper) -> None:
    """However the link is made, and wherever it is."""
    assert_refused(tampered(theirs, tmp_path, tamper), quick=True)


@pytest.mark.parametrize("tamper", [LINKS["page"], LINKS["readme"]], ids=["page", "readme"])
def test_a_link_is_refused_where_nothing_is_to_be_done(settled: Project, tmp_path: Path, tamper: Tamper) -> None:
    """The sentence does not wait until the file behind the link has to be written."""
    assert_refused(tampered(settled, tmp_path, tamper), quick=True)


# ------------------------------------------------------------------------------------------- harmless links

HARMLESS: dict[str, Tamper] = {
    "readme": inside("README.md", "docs/readme.md"),
    "page": inside("docs/api.md", "docs/reference.md"),
    "handlers": inside("src/shop/handlers/cart.py", "src/shop/cart.py"),
    "hand-written, inside": inside(MINE, "src/shop/mine.py"),
    "hand-written, outside": link(SHARED, "../../../common.py"),
    "hand-written folder": link("vendor", "../outside"),
    "hand-written, to nothing": link(SHARED, "../../../nothing.py"),
}


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_link_that_does_no_harm_is_left_alone(theirs: Project, tmp_path: Path, kind: str) -> None:
    """A link to an ordinary file of the project, and the user's own to anywhere: runs go on as without them."""
    assert_left_alone(tampered(theirs, tmp_path, HARMLESS[kind]), quick=True)


@pytest.mark.parametrize("kind", ["page", "hand-written, outside"])
def test_a_link_that_does_no_harm_is_left_alone_in_a_clone(theirs: Project, tmp_path: Path, kind: str) -> None:
    """The same by way of git, and with the commands as the user types them."""
    assert_left_alone(cloned(theirs, tmp_path, HARMLESS[kind]))


def assert_left_alone(victim: Victim, quick: bool = False) -> None:
    """Go through every entry point that writes, each time with an RPC more."""
    links = links_of(victim)
    for number, entry_point in enumerate(WRITING):
        victim.project.proto(CART, proto("Cart", "Add", "Remove", f"Clear{number}"))
        done = assert_harmless(victim, entry_point, quick)
        assert done.returncode == 0, done.said
        assert f"Clear{number}" in victim.project.text("docs/api.md")
        assert f"def clear{number}(" in victim.project.text("src/shop/handlers/cart.py")
    assert links_of(victim) == links


def links_of(victim: Victim) -> dict[str, str]:
    """Every link of the project and where it leads."""
    return {str(path): os.readlink(path) for path in victim.project.folder.rglob("*") if path.is_symlink()}
