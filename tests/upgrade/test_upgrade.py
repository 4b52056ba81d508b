"""`pyservice generate` upgrades projects of older versions, and keeps the user's edits.

Each folder v*/ is a small project that this version of the generator wrote, with edits in files of every owner;
edits.py lists the edits and distinguishes them from generated lines.
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
from tests.upgrade.edits import EDITS, added, edited, lost, signed, with_new_names, written
from tests.upgrade.harness import FROZEN


@pytest.fixture(params=FROZEN, ids=lambda path: path.name)
def frozen(request: pytest.FixtureRequest) -> Path:
    """The folder of a frozen project."""
    return Path(request.param)


@dataclass(frozen=True)
class Upgrade:
    """An upgraded copy of a frozen project, and the output of the upgrade."""

    project: Path
    output: str


@pytest.fixture
def upgraded(frozen: Path, tmp_path: Path) -> Upgrade:
    """An upgraded copy of the frozen project, with the user's lines in place of conflicts."""
    folder = Path(shutil.copytree(frozen, tmp_path / "project"))
    done = run([scripts() / "pyservice", "generate"], folder)
    conflicts = set(re.findall(r"^  conflict  (.+): \d+ conflicts?, marked in the file$", done.said, re.MULTILINE))
    assert conflicts == EDITS[frozen.name].conflicts, done.said
    assert done.returncode == (1 if conflicts else 0), done.said
    for file in conflicts:
        _keep_yours(folder / file)
    return Upgrade(folder, done.said)


def _keep_yours(file: Path) -> None:
    """Resolve all conflicts in a file with the user's lines."""
    conflict = re.compile(r"^<<<<<<< yours\n(.*?)^\|\|\|\|\|\|\| .*?^>>>>>>> generated\n", re.MULTILINE | re.DOTALL)
    file.write_text(conflict.sub(lambda match: match[1], file.read_text()))


@pytest.fixture
def project(upgraded: Upgrade) -> Path:
    """The folder of the upgraded project."""
    return upgraded.project


def test_the_listed_edits_are_complete(frozen: Path) -> None:
    """The list has exactly the edited files, and deleted files do not exist."""
    edits = EDITS[frozen.name]
    assert edited(frozen) == edits.files
    assert len(signed(frozen)) == edits.signed_lines
    assert not [file for file in edits.deleted if (frozen / file).exists()]


def test_every_hand_edit_survives(frozen: Path, project: Path) -> None:
    """Each signed line is in the same file, in the file that replaced it, or in the record."""
    edits = EDITS[frozen.name]
    signed_lines = Counter(signed(project))
    unmerged = [
        (file, line)
        for file, line in signed(frozen)
        if not _take(signed_lines, edits.moved.get(file, file), with_new_names(line))
    ]
    assert len(unmerged) == edits.unmerged_lines
    assert {file for file, _ in unmerged} <= edits.unmerged
    for file, line in unmerged:
        assert line in (project / _kept(frozen, file)).read_text().splitlines(), (file, line)
    assert not +signed_lines, "no signed line is new"


def _take(lines: Counter[tuple[str, str]], file: str, line: str) -> bool:
    """Remove a line; return whether it existed."""
    if not lines[file, line]:
        return False
    lines[file, line] -= 1
    return True


def _kept(frozen: Path, file: str) -> str:
    """Return the path of a file in the record."""
    return f".pyservice/overwritten/{frozen.name[1:4]}/{file}"


def test_no_line_is_lost(frozen: Path, project: Path) -> None:
    """Lines of the user that are not signed are kept too, in files of every kind."""
    edits = EDITS[frozen.name]
    for file, lines in written(frozen).items():
        if file in edits.unmerged:
            assert lost(lines, (project / _kept(frozen, file)).read_text()) == [], file
        else:
            assert lost(map(with_new_names, lines), (project / edits.moved.get(file, file)).read_text()) == [], file


def test_unmerged_edits_are_reported(frozen: Path, upgraded: Upgrade) -> None:
    """Each unmerged edit is reported by file and line; the record has exactly these files, and their diffs."""
    edits = EDITS[frozen.name]
    folder = upgraded.project / _kept(frozen, "")
    kept = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert kept == edits.unmerged | {f"{file}.diff" for file in edits.unmerged}
    for file in edits.unmerged:
        yours, base = (frozen / file).read_text(), (frozen / ".pyservice/pristine" / file).read_text()
        difference = (folder / f"{file}.diff").read_text().splitlines()
        for line in added(base, yours):
            assert f"+{line}" in difference
        numbers = [int(number) for number in re.findall(rf"{re.escape(file)}:(\d+): your edit", upgraded.output)]
        assert numbers, file
        assert all(1 <= number <= yours.count("\n") for number in numbers)


def test_a_proto_changes_only_in_names_of_options(frozen: Path, project: Path) -> None:
    """Import and options have their new names, every other byte is unchanged, and the old copy was removed."""
    copies = {Path("proto/pyservice/options.proto"), Path("proto/pyservice/v1/options.proto")}
    old, new = _protos(frozen), _protos(project)
    assert new.keys() - copies == old.keys() - copies
    assert Path("proto/pyservice/options.proto") not in new
    for path in new.keys() - copies:
        assert new[path] == _renamed(old[path]), path


def test_the_record_follows_a_rewritten_proto(frozen: Path, project: Path) -> None:
    """The bases in the record have the new names too, so that these do not count as edits."""
    lock = (project / LOCK).read_text()
    assert "pyservice/options.proto" not in lock
    kept = bases(project)
    for path, text in _protos(frozen / PRISTINE).items():
        if path != Path("proto/pyservice/options.proto"):
            assert kept[path.as_posix()] == _renamed(text)
            assert f'"file {path.as_posix()}": "contract {digest(_renamed(text))}"' in lock


def test_the_record_has_the_new_layout(project: Path) -> None:
    """Objects replace copies and descriptors; the name of each is the digest of its content."""
    names = {path.name for path in (project / ".pyservice").iterdir()}
    assert names - {"released.binpb", "overwritten"} == {"lock.json", "objects"}
    for path in (project / OBJECTS).iterdir():
        assert digest(base64.b64decode(path.read_bytes())) == path.name


def _protos(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in (folder / "proto").rglob("*.proto")}


def _renamed(text: bytes) -> bytes:
    """Return a proto with the new names; no comment or other string of the frozen protos has the old ones."""
    text = text.replace(b'"pyservice/options.proto"', b'"pyservice/v1/options.proto"')
    return text.replace(b"(pyservice.", b"(pyservice.v1.")


def test_what_was_deleted_stays_deleted(frozen: Path, project: Path) -> None:
    """Neither a deleted file nor a renamed handler is generated again, in any folder."""
    names = [Path(file).name for file in EDITS[frozen.name].deleted]
    assert [path for name in names for path in project.rglob(name) if ".pyservice" not in path.parts] == []


def test_the_released_api_is_kept(frozen: Path, project: Path) -> None:
    """The API that `make freeze-api` recorded is unchanged, so that breaking changes are still found."""
    released = Path(".pyservice/released.binpb")
    assert (project / released).exists() == (frozen / released).exists()
    if (frozen / released).exists():
        assert (project / released).read_bytes() == (frozen / released).read_bytes()


def test_an_upgraded_project_passes_its_tests(frozen: Path, project: Path) -> None:
    """All tests of the upgraded project pass, except those of unmerged edits."""
    done = own_tests(project, "-rf")
    failed = re.findall(r"^FAILED [\w/.]+::(\w+)", done.stdout, re.MULTILINE)
    assert sorted(failed) == sorted(EDITS[frozen.name].failing_tests), done.said
    assert done.returncode == (1 if failed else 0), done.said


def test_an_upgrade_happens_once(project: Path) -> None:
    """A second run changes nothing."""
    done = run([scripts() / "pyservice", "generate", "--check"], project)
    assert done.returncode == 0, done.said


def test_an_upgraded_project_is_clean(project: Path, typed: Typed) -> None:
    """mypy, ruff and black accept the merged files."""
    done = typed(project)
    assert done.returncode == 0, done.said
    for command in (["ruff", "check", "--no-cache", "."], ["black", "--check", "--quiet", "."]):
        done = run(command, project)
        assert done.returncode == 0, done.said


def test_dry_run_and_check_write_nothing(frozen: Path, tmp_path: Path) -> None:
    """``--dry-run`` and ``--json`` report the upgrade, and ``--check`` fails; none of them writes a file."""
    folder = Path(shutil.copytree(frozen, tmp_path / "project"))
    before = snapshot(folder)
    for flag, code in (("--dry-run", 1 if EDITS[frozen.name].conflicts else 0), ("--check", 2)):
        done = run([scripts() / "pyservice", "generate", flag], folder)
        assert done.returncode == code, done.said
    report = json.loads(run([scripts() / "pyservice", "generate", "--dry-run", "--json"], folder).stdout)
    package = next((folder / "src").iterdir()).name
    files = {file["path"]: file["what"] for file in report["files"]}
    assert files[f"src/{package}/server/lifecycle.py"] == "deleted"
    assert files[f"src/{package}/settings.py"] == "merged"
    reported = {item.partition(":")[0] for item in report["todo"] if "your edit" in item}
    assert reported == EDITS[frozen.name].unmerged
    assert snapshot(folder) == before


def test_upgrade_by_protoc(tmp_path: Path) -> None:
    """protoc cannot delete files: the stubs that it leaves are harmless until `pyservice generate` deletes them."""
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
