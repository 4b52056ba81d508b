"""The text as last generated is what a merge measures a person's edits by: where it lies, no line may go for it.

A merge drops a line that the base has and the new text has not. So a base with a person's own lines in it, put
there by somebody or by accident, would have them dropped as if an older generator had written them. What tells a
true base from another is its digest in the lock; where both are changed alike there is nothing to tell it by.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.hostile.kit import BUF, CHECK, DRY, GENERATE, PROTOC, Door, Tamper, Victim, assert_harmless, tampered
from tests.project.hostile.records import LOCK, PRISTINE, as_older, digest, with_lines
from tests.project.kit import House

FILES = ("src/shop/app.py", "README.md", ".gitignore", "tests/conftest.py")
"""Files of their owner's that a run renders again."""

TOP, MIDDLE = "# mine, at the top", "# mine, in the middle"


def edited(house: House) -> None:
    """Files that an older generator wrote and that their owner edited: there is something to merge in each."""
    for path in FILES:
        as_older(house, path)
        write_into(house, path)


def write_into(house: House, path: str) -> None:
    """Write lines into a file."""
    lines = house.text(path).splitlines(keepends=True)
    lines[len(lines) // 2 : len(lines) // 2] = [f"{MIDDLE}\n"]
    house.write(path, "".join([f"{TOP}\n", *lines]))


def the_file_itself(house: House, path: str) -> None:
    """The base is what stands in the project, every line of the owner's included."""
    house.write(PRISTINE + path, house.text(path))


def one_line(house: House, path: str) -> None:
    """The base has one of the owner's lines."""
    house.write(PRISTINE + path, f"{TOP}\n" + house.text(PRISTINE + path))


def new_text_and_lines(house: House, path: str) -> None:
    """The base is what the next run generates, with the owner's lines."""
    text = house.text(PRISTINE + path).replace("# older\n", "")
    house.write(PRISTINE + path, f"{TOP}\n{text}{MIDDLE}\n")


def only_lines(house: House, path: str) -> None:
    """The base is the owner's lines and nothing else."""
    house.write(PRISTINE + path, f"{TOP}\n{MIDDLE}\n")


def another_digest(house: House, path: str) -> None:
    """The lock says that the file is as it was generated, with the owner's lines in it."""
    with_lines(house, {f"file {path}": f"merged {digest(house.text(path).encode())}"})


def no_digest(house: House, path: str) -> None:
    """The base is the file itself, and the lock does not know of it."""
    the_file_itself(house, path)
    lines = house.text(LOCK).splitlines(keepends=True)
    house.write(LOCK, "".join(line for line in lines if not line.startswith(f'"file {path}"')))


def machine_owned(house: House, path: str) -> None:
    """The base is the file itself, which is said to be the machine's, as it stands."""
    the_file_itself(house, path)
    with_lines(house, {f"file {path}": f"machine {digest(house.text(path).encode())}"})


def gone(house: House, path: str) -> None:
    """There is no base."""
    (house.folder / PRISTINE / path).unlink()


def garbage(house: House, path: str) -> None:
    """The base is no text."""
    house.write(PRISTINE + path, b"\xff\xfe\0garbage\r\r\n" * 50)


def empty(house: House, path: str) -> None:
    """The base is empty."""
    house.write(PRISTINE + path, b"")


BASES: tuple[Callable[[House, str], None], ...] = (
    the_file_itself,
    one_line,
    new_text_and_lines,
    only_lines,
    another_digest,
    no_digest,
    machine_owned,
    gone,
    garbage,
    empty,
)


def everywhere(base: Callable[[House, str], None]) -> Tamper:
    """A project of an owner who edited it, and whose bases somebody changed."""

    def tamper(house: House) -> None:
        edited(house)
        for path in FILES:
            base(house, path)

    return tamper


def assert_lines_are_there(victim: Victim) -> None:
    """Every line that the owner wrote is where they wrote it."""
    lost = [path for path in FILES for line in (TOP, MIDDLE) if f"{line}\n" not in victim.house.text(path)]
    assert not lost, f"lines of the owner's are gone from {lost}"


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.__name__)
def test_no_line_goes_because_a_base_has_it(settled: House, tmp_path: Path, base: Callable[[House, str], None]) -> None:
    """Whatever the base says, each line that a person wrote is still there after a run through any door."""
    for way in (GENERATE, PROTOC):
        victim = tampered(settled, tmp_path / way.name, everywhere(base))
        for door in (CHECK, DRY, way) if way is GENERATE else (way,):
            assert_harmless(victim, door, quick=True)
        assert_lines_are_there(victim)


@pytest.mark.parametrize("door", [GENERATE, PROTOC, BUF], ids=lambda door: door.name)
def test_no_line_goes_through_the_real_commands(settled: House, tmp_path: Path, door: Door) -> None:
    """The same with the commands as a person types them."""
    victim = tampered(settled, tmp_path, everywhere(the_file_itself))
    assert_harmless(victim, door)
    assert_lines_are_there(victim)


@pytest.mark.parametrize("door", [GENERATE, PROTOC], ids=lambda door: door.name)
def test_no_line_goes_after_a_change_of_the_options(settled: House, tmp_path: Path, door: Door) -> None:
    """A part that is switched on renders files again: the lines in them stay, whatever their base says."""

    def tamper(house: House) -> None:
        for path in ("README.md", "Makefile", "pyproject.toml"):
            write_into(house, path)
            the_file_itself(house, path)
        house.edit("pyservice.toml", "parts = []", 'parts = ["client", "container"]')

    victim = tampered(settled, tmp_path, tamper)
    assert_harmless(victim, door, quick=True)
    for path in ("README.md", "Makefile", "pyproject.toml"):
        assert victim.house.text(path).count("# mine") == 2, path


def test_a_project_without_any_base_loses_nothing(settled: House, tmp_path: Path) -> None:
    """The whole folder of bases deleted: what the owner wrote stays."""
    victim = tampered(settled, tmp_path, edited)
    for path in sorted((victim.house.folder / PRISTINE).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    for door in (CHECK, GENERATE, PROTOC):
        assert_harmless(victim, door, quick=True)
    assert_lines_are_there(victim)


def test_a_true_base_is_merged_as_ever(settled: House, tmp_path: Path) -> None:
    """Where nobody lies, the older generator's line goes and the owner's stay."""
    for door in (GENERATE, PROTOC):
        victim = tampered(settled, tmp_path / door.name, edited)
        done = assert_harmless(victim, door, quick=True)
        assert done.returncode == 0, done.said
        assert_lines_are_there(victim)
        assert [path for path in FILES if "# older" in victim.house.text(path)] == []
