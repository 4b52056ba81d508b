"""The record of a project: what was last generated, each text in an object that is named by it."""

import base64
import json
import shutil
from pathlib import Path

import pytest

from protoc_gen_pyservice.inputs.objects import decode, digest, encode
from tests.project.harness import CART, CLEAR, PROTOS, SETTLED, Project
from tests.support.bases import LOCK, OBJECTS, bases
from tests.support.command import run

TEXT = b"".join(b"A line of text, and its number is %d.\n" % number for number in range(200))


def objects(project: Project) -> dict[str, bytes]:
    """Every object by its name."""
    return {path.name: path.read_bytes() for path in (project.folder / OBJECTS).iterdir()}


def named(project: Project) -> set[str]:
    """The digests of the lock that have objects."""
    lock = json.loads(project.text(LOCK)).items()
    kinds = ("descriptor ", "file ")
    values = [value.split() for key, value in lock if key.startswith(kinds)]
    return {words[-1] for words in values if words[0] not in ("generated", "handlers", "settings")}


@pytest.mark.parametrize("content", [b"", b"a", TEXT, b"\xff\0" * 1000])
def test_an_object_is_base64_on_one_line(content: bytes) -> None:
    """Any decoder that passes over blanks reads it, and its name is checked."""
    file = encode(content)
    assert file.count(b"\n") == 1
    assert file.endswith(b"\n")
    assert base64.b64decode(file) == content
    assert decode(digest(content), file) == content
    assert decode(digest(content), file.replace(b"\n", b"\r\n")) == content
    assert decode(digest(content + b"."), file) is None
    assert decode(digest(content), b"*" + file) is None


def test_each_object_is_named_by_its_content_and_by_the_lock(project: Project) -> None:
    """There is one for each text, and no other."""
    assert set(objects(project)) == named(project)
    for name, file in objects(project).items():
        assert decode(name, file) is not None


def test_a_changed_text_replaces_its_object(project: Project) -> None:
    """What the lock names no more is deleted."""
    before = set(objects(project))
    project.proto(CART, CLEAR)
    project.generate()
    assert set(objects(project)) == named(project)
    assert before - set(objects(project))
    assert bases(project.folder)["README.md"] == (project.folder / "README.md").read_bytes()
    assert project.generate("--check").stdout == SETTLED


def test_protoc_leaves_objects_for_the_next_run_that_deletes(project: Project) -> None:
    """They do not make the project out of date."""
    before = set(objects(project))
    project.proto(CART, CLEAR)
    project.protoc(*PROTOS)
    assert before < set(objects(project))
    assert project.generate("--check").stdout == SETTLED
    project.proto(CART, CLEAR + "message More {}\n")
    project.generate()
    assert set(objects(project)) == named(project)


def test_an_unchanged_run_reads_no_object(project: Project) -> None:
    """It compares digests: with every object damaged it has nothing to do."""
    for name in objects(project):
        project.write(f"{OBJECTS}/{name}", "damaged")
    assert project.generate("--dry-run").stdout == SETTLED


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_takes_no_object_for_another_that_was_renamed(tmp_path: Path) -> None:
    """Else two branches that each replace an object would conflict: however little their texts differ."""
    lines = TEXT.splitlines(keepends=True)
    texts = [b"".join([*lines[:at], b"another\n", *lines[at:]]) for at in range(0, len(lines) + 1, 10)]
    assert run(["git", "init", "--quiet"], tmp_path).returncode == 0
    (tmp_path / digest(TEXT)).write_bytes(encode(TEXT))
    assert run(["git", "add", "--all"], tmp_path).returncode == 0
    tree = run(["git", "write-tree"], tmp_path).stdout.strip()
    (tmp_path / digest(TEXT)).unlink()
    for text in texts:
        (tmp_path / digest(text)).write_bytes(encode(text))
    assert run(["git", "add", "--all"], tmp_path).returncode == 0
    changed = run(["git", "diff", "--cached", "--find-renames", "--name-status", tree], tmp_path).stdout.split("\n")
    assert sorted(line[:1] for line in changed if line) == sorted("A" * len(texts) + "D")
