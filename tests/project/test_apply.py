"""Writing a run to disk: all of it or nothing, never outside the project, and links and modes stay."""

import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from protoc_gen_pyservice.errors import OutputError
from protoc_gen_pyservice.inputs.stamp import make_stamp
from protoc_gen_pyservice.outputs.journal import apply, recover
from tests.project.harness import CART, REGISTRY, Project, proto
from tests.support.snapshot import snapshot

JOURNAL = ".pyservice/journal"
ASIDE = ".pyservice/journal.tmp"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of three files."""
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    for name in ("a", "b", "src/c"):
        (folder / name).write_text(f"old {name}")
    return folder


def refused(root: Path, write: dict[str, bytes], delete: tuple[str, ...] = ()) -> str:
    """What is said about a result that cannot be written; nothing may have changed, nothing be left."""
    before = snapshot(root)
    with pytest.raises(OutputError) as caught:
        apply(str(root), write, delete)
    assert snapshot(root) == before
    assert not (root / ".pyservice").exists()
    return str(caught.value)


def without_rights(function: Callable[[], object]) -> None:
    """Run in a child process that has to ask for permission even if we are root. Raises AssertionError."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
            function()
            status = 0
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert status == 0, "see standard error"


# ------------------------------------------------------------------------------------------ what is done


def test_files_are_written_and_deleted(root: Path) -> None:
    """Contents are exactly those given, folders are made, and nothing of the journal stays."""
    apply(str(root), {"a": b"new\r\n\xff", "deep/er/d": b"", "b": b"new b"}, ["src/c"])
    assert snapshot(root) == {"a": b"new\r\n\xff", "deep/er/d": b"", "b": b"new b"}
    assert os.listdir(root / ".pyservice") == []


def test_nothing_to_do_touches_nothing(root: Path) -> None:
    """An empty result does not even make a folder."""
    apply(str(root), {}, [])
    assert sorted(os.listdir(root)) == ["a", "b", "src"]


def test_empty_folders_go_with_their_last_file(root: Path) -> None:
    """A folder that only a deleted file was in goes too, with the bytecode Python left there."""
    (root / "src" / "__pycache__").mkdir()
    (root / "src" / "__pycache__" / "c.pyc").write_bytes(b"")
    apply(str(root), {}, ["src/c"])
    assert not (root / "src").exists()


def test_folders_with_something_else_stay(root: Path) -> None:
    """A folder that holds a file of the user's stays as it is."""
    (root / "src" / "__pycache__").mkdir()
    (root / "src" / "mine").write_text("mine")
    apply(str(root), {}, ["src/c"])
    assert sorted(os.listdir(root / "src")) == ["__pycache__", "mine"]


def test_what_is_gone_already_is_no_mistake(root: Path) -> None:
    """A file to delete may be missing."""
    apply(str(root), {}, ["src/c", "never/was/there"])
    assert not (root / "src").exists()


def test_executable_bit_is_kept(root: Path) -> None:
    """A file keeps its mode when its content is replaced."""
    (root / "a").chmod(0o750)
    (root / "b").chmod(0o444)
    apply(str(root), {"a": b"new", "b": b"new"}, [])
    assert [stat.S_IMODE((root / name).stat().st_mode) for name in "ab"] == [0o750, 0o444]


def test_new_files_follow_the_umask(root: Path) -> None:
    """A new file gets the mode that any program would give it."""
    (root / "plain").write_text("")
    apply(str(root), {"new": b""}, [])
    assert (root / "new").stat().st_mode == (root / "plain").stat().st_mode


# -------------------------------------------------------------------------------------------------- links


def test_link_inside_the_project_stays_a_link(root: Path) -> None:
    """What a link of the user's leads to is written, and the link stays."""
    (root / "a").unlink()
    (root / "a").symlink_to("src/c")
    apply(str(root), {"a": b"new"}, [])
    assert (root / "a").is_symlink()
    assert (root / "src" / "c").read_bytes() == b"new"


def test_folder_that_is_a_link_inside(root: Path) -> None:
    """A folder may be a link to another one of the project."""
    (root / "lib").symlink_to("src")
    apply(str(root), {"lib/c": b"new", "lib/d": b"new"}, [])
    assert (root / "lib").is_symlink()
    assert sorted(os.listdir(root / "src")) == ["c", "d"]


def test_project_that_is_reached_through_a_link(root: Path) -> None:
    """The project's own folder may be a link."""
    (root.parent / "link").symlink_to("project")
    apply(str(root.parent / "link"), {"a": b"new"}, ["b"])
    assert snapshot(root) == {"a": b"new", "src/c": b"old src/c"}


def test_link_that_leads_nowhere_yet(root: Path) -> None:
    """A link to a file of the project that is not there creates it."""
    (root / "d").symlink_to("src/d")
    apply(str(root), {"d": b"new"}, [])
    assert (root / "src" / "d").read_bytes() == b"new"


@pytest.mark.parametrize("link", ["a", "src"])
def test_link_out_of_the_project_is_refused(root: Path, link: str) -> None:
    """Nothing outside the project is written, and the file with the link is named."""
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "c").write_text("not ours")
    shutil.rmtree(root / "src")
    (root / "a").unlink()
    (root / link).symlink_to(outside / "c" if link == "a" else outside)
    path = "a" if link == "a" else "src/c"
    said = refused(root, {"b": b"new", path: b"new"})
    assert said == f"{path} leads out of the project through a link: replace the link; nothing was changed."
    assert snapshot(outside) == {"c": b"not ours"}


def test_nothing_is_deleted_outside_the_project(root: Path) -> None:
    """A file to delete in a folder that leads outside stays, and so does everything else."""
    outside = root.parent / "outside"
    shutil.move(root / "src", outside)
    (root / "src").symlink_to(outside)
    refused(root, {"b": b"new"}, ("src/c",))
    assert (outside / "c").exists()


def test_deleting_a_link_leaves_its_target(root: Path) -> None:
    """A file that the user replaced by a link: the link goes, what it leads to stays."""
    (root / "b").unlink()
    (root / "b").symlink_to("a")
    apply(str(root), {}, ["b"])
    assert snapshot(root) == {"a": b"old a", "src/c": b"old src/c"}


# -------------------------------------------------------------------------------------- what is not possible


def test_path_that_is_a_folder(root: Path) -> None:
    """A folder where a file has to be stops the run before anything is written."""
    said = refused(root, {"a": b"new", "src": b"new"})
    assert said == "src is a folder and has to be a file: move it away; nothing was changed."


def test_folder_that_is_a_file(root: Path) -> None:
    """A file where a folder has to be stops the run before anything is written."""
    said = refused(root, {"a": b"new", "b/c/d": b"new"})
    assert said == "b is a file and has to be a folder: move it away; nothing was changed."


def test_read_only_project(root: Path, tmp_path: Path) -> None:
    """In a project that cannot be written nothing happens, and one sentence says so."""
    _open_up(tmp_path)
    root.chmod(0o555)
    before = snapshot(root)

    def write() -> None:
        with pytest.raises(OutputError, match=r"\.pyservice cannot be written \(Permission denied\): nothing was"):
            apply(str(root), {"a": b"new"}, ["b"])

    without_rights(write)
    root.chmod(0o755)
    assert snapshot(root) == before


@pytest.mark.parametrize(("write", "delete"), [({"a": b"new", "src/c": b"new"}, ()), ({"a": b"new"}, ("src/c",))])
def test_read_only_folder(root: Path, tmp_path: Path, write: dict[str, bytes], delete: tuple[str, ...]) -> None:
    """One folder that cannot be written keeps the others from being written too."""
    _open_up(tmp_path)
    before = snapshot(root)
    for folder in (root, *(path for path in root.rglob("*"))):
        folder.chmod(0o777)
    (root / "src").chmod(0o555)

    def attempt() -> None:
        with pytest.raises(OutputError, match="the folder src cannot be written: change its permissions; nothing was"):
            apply(str(root), write, delete)

    without_rights(attempt)
    assert snapshot(root) == before
    assert not (root / ".pyservice").exists()


def _open_up(folder: Path) -> None:
    """Let everybody through to a folder that pytest made for its user alone."""
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.getuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o111)


def test_link_and_folder_through_the_command(project: Project) -> None:
    """`pyservice generate` names the obstacle, exits with 2 and changes nothing."""
    outside = project.folder.parent / "registry.py"
    (project.folder / REGISTRY).rename(outside)
    (project.folder / REGISTRY).symlink_to(outside)
    project.proto(CART, proto("Cart", "Add", "Clear"))
    before = project.files()
    done = project.generate(expect=2)
    assert done.stderr.startswith(f"pyservice: {REGISTRY} leads out of the project through a link")
    (project.folder / REGISTRY).unlink()
    (project.folder / REGISTRY).mkdir()
    done = project.generate(expect=2)
    assert done.stderr.startswith(f"pyservice: {REGISTRY} is a folder and has to be a file")
    (project.folder / REGISTRY).rmdir()
    outside.rename(project.folder / REGISTRY)
    assert project.changed_since(before) == []
    project.generate()
    assert "Clear" in project.text(REGISTRY)


def test_mode_through_the_command(project: Project) -> None:
    """A generated file that was made executable still is after a run."""
    (project.folder / REGISTRY).chmod(0o755)
    project.proto(CART, proto("Cart", "Add", "Clear"))
    project.generate()
    assert os.access(project.folder / REGISTRY, os.X_OK)


# ------------------------------------------------------------------------------------------- the journal


def journal(root: Path, moves: dict[str, str], delete: tuple[str, ...] = (), folder: str = JOURNAL) -> None:
    """Leave behind what a killed run leaves: numbered files and the list of what goes where."""
    (root / folder).mkdir(parents=True)
    for number in moves:
        (root / folder / number).write_text(f"new {number}")
    written = {"stamp": make_stamp(str(root / folder)), "move": moves, "delete": list(delete)}
    (root / folder / "list.json").write_text(json.dumps(written))


def test_journal_is_finished(root: Path) -> None:
    """What a killed run had not moved and deleted yet is done by the next one."""
    journal(root, {"0": "a", "1": "x/y"}, ("b",))
    recover(str(root))
    assert snapshot(root) == {"a": b"new 0", "x/y": b"new 1", "src/c": b"old src/c"}
    assert os.listdir(root / ".pyservice") == []


def test_journal_is_finished_from_any_point(root: Path) -> None:
    """Files that were moved already, and those that were deleted, stay as they are."""
    journal(root, {"0": "a", "1": "x/y"}, ("b",))
    (root / JOURNAL / "0").rename(root / "a")
    (root / "b").unlink()
    recover(str(root))
    assert snapshot(root) == {"a": b"new 0", "x/y": b"new 1", "src/c": b"old src/c"}


def test_what_was_only_aside_is_forgotten(root: Path) -> None:
    """A run that was killed before its journal was whole never happened."""
    before = snapshot(root)
    journal(root, {"0": "a"}, ("b",), ASIDE)
    recover(str(root))
    assert snapshot(root) == before


def test_journal_that_cannot_be_finished_waits(root: Path) -> None:
    """An obstacle is reported, and the run is completed once it is removed."""
    journal(root, {"0": "a", "1": "b/c"})
    with pytest.raises(OutputError, match=", so the run is half done: fix that and run this again to complete"):
        recover(str(root))
    (root / "b").unlink()
    recover(str(root))
    assert snapshot(root) == {"a": b"new 0", "b/c": b"new 1", "src/c": b"old src/c"}


def test_next_command_finishes_the_journal(project: Project) -> None:
    """`pyservice generate` begins with what the last one left; commands that write nothing only say so."""
    before = project.files()
    journal(project.folder, {"0": "README.md"})
    half = project.files()
    for flag in ("--check", "--dry-run"):
        said = project.generate(flag, expect=2).stderr
        assert said == "pyservice: the last run was interrupted: run pyservice generate to complete it.\n"
        assert project.changed_since(half) == []
    project.generate()
    assert project.text("README.md") == "new 0"
    assert project.changed_since(before) == ["changed README.md"]
