"""A project of an older version comes up to date with the same command, hand edits kept.

Each folder v*/ beside this file is a small project as that version of the generator wrote it, with
edits by hand in files of every owner; edits.py lists them and tells them from generated lines.
"""

import shutil
from pathlib import Path

import pytest

from protoc_gen_pyservice.reconcile.lock import LOCK, PRISTINE, digest
from tests.support.command import run, scripts
from tests.support.own_tests import own_tests
from tests.support.types import Typed
from tests.upgrade.edits import EDITS, edited, lost, signed, written

FROZEN = sorted(path for path in Path(__file__).parent.glob("v*") if path.is_dir())


@pytest.fixture(params=FROZEN, ids=lambda path: path.name)
def frozen(request: pytest.FixtureRequest) -> Path:
    """A project as it was left."""
    return Path(request.param)


@pytest.fixture
def project(frozen: Path, tmp_path: Path) -> Path:
    """A copy of it, brought up to date."""
    folder = Path(shutil.copytree(frozen, tmp_path / "project"))
    done = run([scripts() / "pyservice", "generate"], folder)
    assert done.returncode == 0, done.said
    return folder


def test_edits_are_what_they_are_said_to_be(frozen: Path) -> None:
    """The listing names each file that was edited and no other, and what is deleted is not there."""
    edits = EDITS[frozen.name]
    assert edited(frozen) == edits.files
    assert len(signed(frozen)) == edits.lines
    assert not [file for file in edits.deleted if (frozen / file).exists()]


def test_every_hand_edit_survives(frozen: Path, project: Path) -> None:
    """What a person signed in the old project stands in the new one, in the same files and order."""
    assert signed(project) == signed(frozen)


def test_no_line_is_lost(frozen: Path, project: Path) -> None:
    """Nor is one that nobody signed, in whichever kind of file."""
    for file, lines in written(frozen).items():
        assert lost(lines, (project / file).read_text()) == [], file


def test_a_proto_changes_only_in_the_names_of_our_options(frozen: Path, project: Path) -> None:
    """Import and options have their new names, every other byte is what it was, and the old copy is gone."""
    copies = {Path("proto/pyservice/options.proto"), Path("proto/pyservice/v1/options.proto")}
    old, new = _protos(frozen), _protos(project)
    assert new.keys() - copies == old.keys() - copies
    assert Path("proto/pyservice/options.proto") not in new
    for path in new.keys() - copies:
        assert new[path] == _renamed(old[path]), path


def test_the_record_follows_a_rewritten_proto(frozen: Path, project: Path) -> None:
    """What is kept to merge with has the new names too, so that they count as nobody's edit."""
    lock = (project / LOCK).read_text()
    assert "pyservice/options.proto" not in lock
    assert not (project / PRISTINE / "proto/pyservice/options.proto").exists()
    for path, text in _protos(frozen / PRISTINE).items():
        if path != Path("proto/pyservice/options.proto"):
            assert (project / PRISTINE / path).read_bytes() == _renamed(text)
            assert f'"file {path.as_posix()}": "contract {digest(_renamed(text))}"' in lock


def _protos(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in (folder / "proto").rglob("*.proto")}


def _renamed(text: bytes) -> bytes:
    """A proto as it is to be: in the frozen ones no comment or string has what is replaced here."""
    text = text.replace(b'"pyservice/options.proto"', b'"pyservice/v1/options.proto"')
    return text.replace(b"(pyservice.", b"(pyservice.v1.")


def test_what_was_deleted_stays_deleted(frozen: Path, project: Path) -> None:
    """Also under another folder: neither a file that nobody wanted comes back, nor a handler under its first name."""
    names = [Path(file).name for file in EDITS[frozen.name].deleted]
    assert [path for name in names for path in project.rglob(name) if ".pyservice" not in path.parts] == []


def test_what_was_released_is_remembered(frozen: Path, project: Path) -> None:
    """What `make release` kept is as it was: callers are still measured by it."""
    released = Path(".pyservice/released.binpb")
    assert (project / released).exists() == (frozen / released).exists()
    if (frozen / released).exists():
        assert (project / released).read_bytes() == (frozen / released).read_bytes()


def test_an_upgraded_project_passes_its_tests(project: Path) -> None:
    """Its own tests, edited ones included, are green after the upgrade."""
    done = own_tests(project)
    assert done.returncode == 0, done.said


def test_an_upgrade_happens_once(project: Path) -> None:
    """A second run has nothing to do."""
    done = run([scripts() / "pyservice", "generate", "--check"], project)
    assert done.returncode == 0, done.said


def test_an_upgraded_project_is_clean(project: Path, typed: Typed) -> None:
    """Types hold across what was merged."""
    done = typed(project)
    assert done.returncode == 0, done.said
