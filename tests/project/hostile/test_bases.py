"""The text as last generated is what a merge measures the user's edits by: where it lies, no line may go for it.

A merge drops a line that the base has and the new text has not. So a base with the user's own lines in it, put
there by an attacker or by accident, would have them dropped as if an older generator had written them. An object is
named by its content, so it cannot become another one; where lock and object are changed alike there is nothing to
tell it by.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from protoc_gen_pyservice.inputs.objects import MAX_OBJECT_BYTES, encode
from tests.project.harness import Project
from tests.project.hostile.harness import (
    BUF,
    CHECK,
    DRY,
    GENERATE,
    PROTOC,
    EntryPoint,
    Tamper,
    Victim,
    assert_harmless,
    tampered,
)
from tests.project.hostile.records import LOCK, OBJECTS, as_older, content, digest, named, with_lines

FILES = ("src/shop/app.py", "README.md", ".gitignore", "tests/conftest.py")
"""Files of the user's that a run renders again."""

TOP, MIDDLE = "# mine, at the top", "# mine, in the middle"


def edited(project: Project) -> None:
    """Files that an older generator wrote and that the user edited: there is something to merge in each."""
    for path in FILES:
        as_older(project, path)
        write_into(project, path)


def write_into(project: Project, path: str) -> None:
    """Write lines into a file."""
    lines = project.text(path).splitlines(keepends=True)
    lines[len(lines) // 2 : len(lines) // 2] = [f"{MIDDLE}\n"]
    project.write(path, "".join([f"{TOP}\n", *lines]))


def put(project: Project, path: str, text: bytes) -> None:
    """Write another text into the object of a file, as if it were that one."""
    project.write(named(project, f"file {path}"), encode(text))


def the_file_itself(project: Project, path: str) -> None:
    """The base is the current file, every line of the user's included."""
    put(project, path, project.text(path).encode())


def one_line(project: Project, path: str) -> None:
    """The base has one of the user's lines."""
    put(project, path, f"{TOP}\n".encode() + content(project, f"file {path}"))


def new_text_and_lines(project: Project, path: str) -> None:
    """The base is what the next run generates, with the user's lines."""
    text = content(project, f"file {path}").decode().replace("# older\n", "")
    put(project, path, f"{TOP}\n{text}{MIDDLE}\n".encode())


def only_lines(project: Project, path: str) -> None:
    """The base is the user's lines and nothing else."""
    put(project, path, f"{TOP}\n{MIDDLE}\n".encode())


def another_object(project: Project, path: str) -> None:
    """The lock names an object that is of no file."""
    with_lines(project, {f"file {path}": f"merged {'0' * 64}"})


def a_digest_more(project: Project, path: str) -> None:
    """The lock names the current file too, as if it were of another branch."""
    known = named(project, f"file {path}").rpartition("/")[2]
    with_lines(project, {f"file {path}": f"merged {known} {digest(project.text(path).encode())}"})


def another_digest(project: Project, path: str) -> None:
    """The lock says that the file is as it was generated, with the user's lines in it."""
    with_lines(project, {f"file {path}": f"merged {digest(project.text(path).encode())}"})


def no_digest(project: Project, path: str) -> None:
    """The base is the file itself, and the lock does not know of it."""
    the_file_itself(project, path)
    lines = project.text(LOCK).splitlines(keepends=True)
    project.write(LOCK, "".join(line for line in lines if not line.startswith(f'"file {path}"')))


def is_generated(project: Project, path: str) -> None:
    """The base is the current file itself, which the lock claims to be generated."""
    the_file_itself(project, path)
    with_lines(project, {f"file {path}": f"generated {digest(project.text(path).encode())}"})


def gone(project: Project, path: str) -> None:
    """There is no base."""
    (project.folder / named(project, f"file {path}")).unlink()


def plain(project: Project, path: str) -> None:
    """The base is not in base64."""
    project.write(named(project, f"file {path}"), project.text(path))


def garbage(project: Project, path: str) -> None:
    """The base is not text."""
    project.write(named(project, f"file {path}"), b"\xff\xfe\0garbage\r\r\n" * 50)


def half(project: Project, path: str) -> None:
    """The base ends before its end."""
    place = named(project, f"file {path}")
    project.write(place, project.text(place)[: len(project.text(place)) // 2])


def empty(project: Project, path: str) -> None:
    """The base is empty."""
    project.write(named(project, f"file {path}"), b"")


def folder(project: Project, path: str) -> None:
    """The base is a folder."""
    place = project.folder / named(project, f"file {path}")
    place.unlink()
    (place / "more").mkdir(parents=True)


def too_large(project: Project, path: str) -> None:
    """The base is larger than any object."""
    with open(project.folder / named(project, f"file {path}"), "r+b") as file:
        file.truncate(MAX_OBJECT_BYTES + 1)


BASES: tuple[Callable[[Project, str], None], ...] = (
    the_file_itself,
    one_line,
    new_text_and_lines,
    only_lines,
    another_digest,
    no_digest,
    is_generated,
    another_object,
    a_digest_more,
    gone,
    plain,
    garbage,
    half,
    empty,
    folder,
    too_large,
)


def everywhere(base: Callable[[Project, str], None]) -> Tamper:
    """An edited project whose bases an attacker changed."""

    def tamper(project: Project) -> None:
        edited(project)
        for path in FILES:
            base(project, path)

    return tamper


def assert_lines_are_there(victim: Victim) -> None:
    """Every line that the user wrote is where they wrote it."""
    lost = [path for path in FILES for line in (TOP, MIDDLE) if f"{line}\n" not in victim.project.text(path)]
    assert not lost, f"lines of the owner's are gone from {lost}"


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.__name__)
def test_no_line_goes_because_a_base_has_it(
    settled: Project, tmp_path: Path, base: Callable[[Project, str], None]
) -> None:
    """Whatever the base says, each line that the user wrote is still there after a run through any entry point."""
    for way in (GENERATE, PROTOC):
        victim = tampered(settled, tmp_path / way.name, everywhere(base))
        for entry_point in (CHECK, DRY, way) if way is GENERATE else (way,):
            assert_harmless(victim, entry_point, quick=True)
        assert_lines_are_there(victim)


@pytest.mark.parametrize("entry_point", [GENERATE, PROTOC, BUF], ids=lambda entry_point: entry_point.name)
def test_no_line_goes_through_the_real_commands(settled: Project, tmp_path: Path, entry_point: EntryPoint) -> None:
    """The same with the commands as the user types them."""
    victim = tampered(settled, tmp_path, everywhere(the_file_itself))
    assert_harmless(victim, entry_point)
    assert_lines_are_there(victim)


@pytest.mark.parametrize("entry_point", [GENERATE, PROTOC], ids=lambda entry_point: entry_point.name)
def test_no_line_goes_after_a_change_of_the_options(settled: Project, tmp_path: Path, entry_point: EntryPoint) -> None:
    """A part that is switched on renders files again: the lines in them stay, whatever their base says."""

    def tamper(project: Project) -> None:
        for path in ("README.md", "Makefile", "pyproject.toml"):
            write_into(project, path)
            the_file_itself(project, path)
        project.edit("pyservice.toml", "parts = []", 'parts = ["client", "container"]')

    victim = tampered(settled, tmp_path, tamper)
    assert_harmless(victim, entry_point, quick=True)
    for path in ("README.md", "Makefile", "pyproject.toml"):
        assert victim.project.text(path).count("# mine") == 2, path


def test_a_project_without_any_base_loses_nothing(settled: Project, tmp_path: Path) -> None:
    """The whole folder of bases deleted: what the user wrote stays."""
    victim = tampered(settled, tmp_path, edited)
    for path in sorted((victim.project.folder / OBJECTS).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    for entry_point in (CHECK, GENERATE, PROTOC):
        assert_harmless(victim, entry_point, quick=True)
    assert_lines_are_there(victim)


def test_a_true_base_is_merged_as_ever(settled: Project, tmp_path: Path) -> None:
    """With true bases, the older generator's line is removed and the user's stay."""
    for entry_point in (GENERATE, PROTOC):
        victim = tampered(settled, tmp_path / entry_point.name, edited)
        done = assert_harmless(victim, entry_point, quick=True)
        assert done.returncode == 0, done.said
        assert_lines_are_there(victim)
        assert [path for path in FILES if "# older" in victim.project.text(path)] == []


def test_the_report_names_a_base_that_is_damaged(settled: Project, tmp_path: Path) -> None:
    """The report names the file that was merged without a base, and where to look."""
    victim = tampered(settled, tmp_path, everywhere(half))
    objects = [named(victim.project, f"file {path}").rpartition("/")[2] for path in FILES]
    said = victim.enter_within(GENERATE).stderr
    for path, name in zip(FILES, objects, strict=True):
        assert f"{name} in {OBJECTS}, is missing or damaged, so no line of yours was removed" in said, path


def test_a_damaged_base_of_a_text_that_did_not_change_is_mended(settled: Project, tmp_path: Path) -> None:
    """The run has the text, and writes its object again."""

    def tamper(project: Project) -> None:
        with_lines(project, {"request": ""})
        for path in FILES:
            write_into(project, path)
            half(project, path)

    victim = tampered(settled, tmp_path, tamper)
    done = assert_harmless(victim, GENERATE, quick=True)
    assert done.returncode == 0, done.said
    for path in FILES:
        place = named(victim.project, f"file {path}")
        assert digest(content(victim.project, f"file {path}")) == place.rpartition("/")[2]
    assert_lines_are_there(victim)
