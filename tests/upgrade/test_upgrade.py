"""A project of an older version comes up to date with the same command, hand edits kept.

Each folder v*/ beside this file is a small project as that version of the generator wrote it, with
edits by hand in files of every owner; edits.py lists them and distinguishes them from generated lines.
"""

import base64
import json
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from protoc_gen_pyservice.inputs.lock import LOCK
from protoc_gen_pyservice.inputs.objects import digest
from protoc_gen_pyservice.reconcile.old_base import PRISTINE
from tests.support.bases import OBJECTS, bases
from tests.support.command import run, scripts
from tests.support.own_tests import own_tests
from tests.support.protoc import protoc
from tests.support.snapshot import snapshot
from tests.support.types import Typed
from tests.upgrade.edits import EDITS, added, edited, lost, signed, today, written
from tests.upgrade.kit import FROZEN


@pytest.fixture(params=FROZEN, ids=lambda path: path.name)
def frozen(request: pytest.FixtureRequest) -> Path:
    """A project as it was left."""
    return Path(request.param)


@dataclass(frozen=True)
class Upgrade:
    """A copy of a frozen project, brought up to date, and what was said."""

    project: Path
    said: str


@pytest.fixture
def upgraded(frozen: Path, tmp_path: Path) -> Upgrade:
    """A copy of it, brought up to date."""
    folder = Path(shutil.copytree(frozen, tmp_path / "project"))
    done = run([scripts() / "pyservice", "generate"], folder)
    assert done.returncode == 0, done.said
    return Upgrade(folder, done.said)


@pytest.fixture
def project(upgraded: Upgrade) -> Path:
    """Its folder."""
    return upgraded.project


def test_edits_are_what_they_are_said_to_be(frozen: Path) -> None:
    """The listing names each file that was edited and no other, and what is deleted is not there."""
    edits = EDITS[frozen.name]
    assert edited(frozen) == edits.files
    assert len(signed(frozen)) == edits.lines
    assert not [file for file in edits.deleted if (frozen / file).exists()]


def test_every_hand_edit_survives(frozen: Path, project: Path) -> None:
    """What a person signed stands in the same file, in the one that took its place, or with what was put aside."""
    edits = EDITS[frozen.name]
    now = Counter(signed(project))
    aside = [(file, line) for file, line in signed(frozen) if not _take(now, edits.moved.get(file, file), today(line))]
    assert len(aside) == edits.aside_lines
    assert {file for file, _ in aside} <= edits.aside
    for file, line in aside:
        assert line in (project / _kept(frozen, file)).read_text().splitlines(), (file, line)
    assert not +now, "nothing is signed that was not"


def _take(lines: Counter[tuple[str, str]], file: str, line: str) -> bool:
    """Whether a line is there; it is not any more afterwards."""
    if not lines[file, line]:
        return False
    lines[file, line] -= 1
    return True


def _kept(frozen: Path, file: str) -> str:
    """Where a file is put aside."""
    return f".pyservice/overwritten/{frozen.name[1:4]}/{file}"


def test_no_line_is_lost(frozen: Path, project: Path) -> None:
    """Nor is one that nobody signed, in whichever kind of file."""
    edits = EDITS[frozen.name]
    for file, lines in written(frozen).items():
        if file in edits.aside:
            assert lost(lines, (project / _kept(frozen, file)).read_text()) == [], file
        else:
            assert lost(map(today, lines), (project / edits.moved.get(file, file)).read_text()) == [], file


def test_what_was_put_aside_is_said(frozen: Path, upgraded: Upgrade) -> None:
    """Each edit with file and line, and beside each file its difference to what was generated; no other file is there."""
    edits = EDITS[frozen.name]
    folder = upgraded.project / _kept(frozen, "")
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == edits.aside | {f"{file}.diff" for file in edits.aside}
    for file in edits.aside:
        yours, base = (frozen / file).read_text(), (frozen / ".pyservice/pristine" / file).read_text()
        difference = (folder / f"{file}.diff").read_text().splitlines()
        for line in added(base, yours):
            assert f"+{line}" in difference
        numbers = [int(number) for number in re.findall(rf"{re.escape(file)}:(\d+): your edit", upgraded.said)]
        assert numbers, file
        assert all(1 <= number <= yours.count("\n") for number in numbers)


def test_a_proto_changes_only_in_the_names_of_our_options(frozen: Path, project: Path) -> None:
    """Import and options have their new names, every other byte is unchanged, and the old copy was removed."""
    copies = {Path("proto/pyservice/options.proto"), Path("proto/pyservice/v1/options.proto")}
    old, new = _protos(frozen), _protos(project)
    assert new.keys() - copies == old.keys() - copies
    assert Path("proto/pyservice/options.proto") not in new
    for path in new.keys() - copies:
        assert new[path] == _renamed(old[path]), path


def test_the_record_follows_a_rewritten_proto(frozen: Path, project: Path) -> None:
    """What is kept to merge with has the new names too, so that they do not count as edits."""
    lock = (project / LOCK).read_text()
    assert "pyservice/options.proto" not in lock
    kept = bases(project)
    for path, text in _protos(frozen / PRISTINE).items():
        if path != Path("proto/pyservice/options.proto"):
            assert kept[path.as_posix()] == _renamed(text)
            assert f'"file {path.as_posix()}": "contract {digest(_renamed(text))}"' in lock


def test_the_old_layout_is_gone(project: Path) -> None:
    """Objects have taken the place of copies and descriptors; each holds what its name tells."""
    found = {path.name for path in (project / ".pyservice").iterdir()}
    assert found - {"released.binpb", "overwritten"} == {"lock.json", "objects"}
    for path in (project / OBJECTS).iterdir():
        assert digest(base64.b64decode(path.read_bytes())) == path.name


def _protos(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in (folder / "proto").rglob("*.proto")}


def _renamed(text: bytes) -> bytes:
    """A proto as it is to be: in the frozen ones no comment or string has what is replaced here."""
    text = text.replace(b'"pyservice/options.proto"', b'"pyservice/v1/options.proto"')
    return text.replace(b"(pyservice.", b"(pyservice.v1.")


def test_what_was_deleted_stays_deleted(frozen: Path, project: Path) -> None:
    """Also under another folder: neither a deleted file comes back, nor a handler under its first name."""
    names = [Path(file).name for file in EDITS[frozen.name].deleted]
    assert [path for name in names for path in project.rglob(name) if ".pyservice" not in path.parts] == []


def test_what_was_released_is_remembered(frozen: Path, project: Path) -> None:
    """What `make freeze-api` kept is as it was: callers are still measured by it."""
    released = Path(".pyservice/released.binpb")
    assert (project / released).exists() == (frozen / released).exists()
    if (frozen / released).exists():
        assert (project / released).read_bytes() == (frozen / released).read_bytes()


def test_an_upgraded_project_passes_its_tests(frozen: Path, project: Path) -> None:
    """Its own tests, edited ones included, are green after the upgrade, but for those of what was put aside."""
    done = own_tests(project, "-rf")
    failed = re.findall(r"^FAILED [\w/.]+::(\w+)", done.stdout, re.MULTILINE)
    assert sorted(failed) == sorted(EDITS[frozen.name].waiting), done.said
    assert done.returncode == (1 if failed else 0), done.said


def test_an_upgrade_happens_once(project: Path) -> None:
    """A second run has nothing to do."""
    done = run([scripts() / "pyservice", "generate", "--check"], project)
    assert done.returncode == 0, done.said


def test_an_upgraded_project_is_clean(project: Path, typed: Typed) -> None:
    """Types hold across what was merged, and its style is what it was."""
    done = typed(project)
    assert done.returncode == 0, done.said
    for command in (["ruff", "check", "--no-cache", "."], ["black", "--check", "--quiet", "."]):
        done = run(command, project)
        assert done.returncode == 0, done.said


def test_a_look_ahead_writes_nothing(frozen: Path, tmp_path: Path) -> None:
    """--dry-run and --json say what an upgrade would do; --check compares with one version and names it."""
    folder = Path(shutil.copytree(frozen, tmp_path / "project"))
    before = snapshot(folder)
    for flag, code in (("--dry-run", 0), ("--check", 2)):
        done = run([scripts() / "pyservice", "generate", flag], folder)
        assert done.returncode == code, done.said
    report = json.loads(run([scripts() / "pyservice", "generate", "--dry-run", "--json"], folder).stdout)
    package = next((folder / "src").iterdir()).name
    files = {file["path"]: file["what"] for file in report["files"]}
    assert files[f"src/{package}/server/lifecycle.py"] == "deleted"
    assert files[f"src/{package}/settings.py"] == "merged"
    said = {item.partition(":")[0] for item in report["todo"] if "your edit" in item}
    assert said == EDITS[frozen.name].aside
    assert snapshot(folder) == before


def test_protoc_brings_a_project_over(tmp_path: Path) -> None:
    """It cannot delete: what is left of old code does no harm until `pyservice generate` has deleted it."""
    frozen = FROZEN[0]
    folders = [Path(shutil.copytree(frozen, tmp_path / name)) for name in ("protoc", "generate")]
    done = protoc("--pyservice_out=.", "-I", "proto", "proto/shop.proto", cwd=folders[0])
    assert done.returncode == 0, done.said
    assert "stale     src/shop/server/lifecycle.py: no longer generated; `pyservice generate` deletes it" in done.said
    assert own_tests(folders[0]).returncode == 0
    assert run(["ruff", "check", "--no-cache", "."], folders[0]).returncode == 0
    for folder in folders:
        done = run([scripts() / "pyservice", "generate"], folder)
        assert done.returncode == 0, done.said
    assert snapshot(folders[0]) == snapshot(folders[1])
