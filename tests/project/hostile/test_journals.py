"""A journal is a list of what to move and delete: only one that a run of one's own left is ever carried out."""

import json
from pathlib import Path

import pytest

from tests.project.harness import Project, copy
from tests.project.hostile.harness import (
    BUF,
    CHECK,
    DRY,
    NOTES,
    PROTOC,
    Tamper,
    Victim,
    around,
    assert_all_refused,
    assert_harmless,
    assert_refused,
    cloned,
    sentence,
    tampered,
    world,
)
from tests.project.hostile.killed import JOURNAL, LIST, journal, kill_half_way

SCRIPT = "#!/bin/sh\ntouch ran\n"


def absolute(project: Project) -> str:
    """A file of the victim's by its whole path."""
    return str(around(project) / "victim-home" / ".bashrc")


def through_a_link(project: Project) -> None:
    """A move through a link of the repository's that leads out of it."""
    (project.folder / "exit").symlink_to("../victim-home")
    journal(project, {"0": "exit/.bashrc"})


def delete_through_a_link(project: Project) -> None:
    """A deletion through a link of the repository's that leads out of it."""
    (project.folder / "exit").symlink_to("../victim-home")
    journal(project, {}, ["exit/.bashrc"])


def staged_link(project: Project) -> None:
    """What is moved into place is a link itself."""
    journal(project, {"0": "README.md"})
    (project.folder / JOURNAL / "0").unlink()
    (project.folder / JOURNAL / "0").symlink_to("../../../precious")


def a_file(project: Project) -> None:
    """The journal is a file."""
    project.write(JOURNAL, "not a folder\n")


def a_link(project: Project) -> None:
    """The journal is a link to a folder of the repository's."""
    journal(project, {"0": "README.md"})
    (project.folder / JOURNAL).rename(project.folder / "elsewhere")
    (project.folder / JOURNAL).symlink_to("../elsewhere")


def a_link_out(project: Project) -> None:
    """The journal is a link to a folder outside."""
    (project.folder / JOURNAL).symlink_to("../../outside")


def a_list_that_is_a_link(project: Project) -> None:
    """The list is a link."""
    journal(project, {"0": "README.md"})
    (project.folder / LIST).rename(project.folder / "list.json")
    (project.folder / LIST).symlink_to("../../list.json")


def without_a_list(project: Project) -> None:
    """A journal that has no list."""
    project.write(f"{JOURNAL}/0", "content\n")


JOURNALS: dict[str, Tamper] = {
    "hook, and delete outside": lambda h: journal(h, {"0": ".git/hooks/pre-commit"}, ["../precious"], SCRIPT),
    "home": lambda h: journal(h, {"0": "../victim-home/.bashrc"}),
    "in from outside": lambda h: journal(h, {"../../../victim/readme": "stolen.txt"}),
    "through a link": through_a_link,
    "file": a_file,
    "link": a_link,
    "killed and committed": kill_half_way,
}

MORE: dict[str, Tamper] = {
    "plain": lambda h: journal(h, {"0": "README.md"}),
    "absolute": lambda h: journal(h, {"0": absolute(h)}),
    "hook": lambda h: journal(h, {"0": ".git/hooks/pre-commit"}, script=SCRIPT),
    "hook in capitals": lambda h: journal(h, {"0": ".GIT/hooks/pre-commit"}, script=SCRIPT),
    "delete outside": lambda h: journal(h, {}, ["../precious"]),
    "delete absolute": lambda h: journal(h, {}, [absolute(h)]),
    "delete git's settings": lambda h: journal(h, {}, [".git/config"]),
    "delete a file of its owner's": lambda h: journal(h, {}, [NOTES]),
    "delete through a link": delete_through_a_link,
    "in from the repository": lambda h: journal(h, {"../../.git/config": "stolen.txt"}),
    "staged link": staged_link,
    "link out": a_link_out,
    "list is a link": a_list_that_is_a_link,
    "no list": without_a_list,
}

UNREADABLE: dict[str, str | bytes] = {
    "not JSON": "{",
    "empty": "",
    "not UTF-8": b"\xff",
    "list": "[]",
    "numbers": '{"move": {"0": 1}, "delete": [2]}',
    "null": '{"move": null, "delete": null}',
    "move is a list": '{"move": ["0"], "delete": []}',
    "no delete": '{"move": {}}',
    "NUL": '{"move": {"0": "a\\u0000b"}, "delete": []}',
    "half a character": '{"move": {"0": "\\ud800"}, "delete": []}',
    "deep": "[" * 100_000,
}
"""Texts that are not a list of files to move and delete."""


@pytest.mark.parametrize("tamper", JOURNALS.values(), ids=JOURNALS)
def test_a_journal_that_came_with_a_clone_is_refused(theirs: Project, tmp_path: Path, tamper: Tamper) -> None:
    """Every entry point says in one sentence that it is not its own, and nothing is moved or deleted."""
    assert_refused(cloned(theirs, tmp_path, tamper))


@pytest.mark.parametrize("tamper", MORE.values(), ids=MORE)
def test_other_journals_are_refused(theirs: Project, tmp_path: Path, tamper: Tamper) -> None:
    """However it would reach out of the project, into its repository or at a file of the user's."""
    assert_refused(tampered(theirs, tmp_path, tamper), quick=True)


def test_a_journal_that_cannot_be_read_is_refused(victim: Victim) -> None:
    """Any list ends with a sentence and not with a traceback."""
    journal(victim.project, {"0": "README.md"})
    assert_all_refused(victim, LIST, UNREADABLE)


# --------------------------------------------------------------------------------------------- one's own


@pytest.fixture(scope="session")
def whole(base: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The project after an uninterrupted run."""
    project = copy(base, tmp_path_factory.mktemp("whole") / "shop")
    project.generate()
    return project.files()


@pytest.fixture(params=[0, 1, 5], ids="{} moved".format)
def stopped(base: Project, tmp_path: Path, request: pytest.FixtureRequest) -> Victim:
    """A project whose owner's run was killed after a few moves."""
    place = world(tmp_path / "world")
    project = copy(base, place / "clone")
    kill_half_way(project, request.param)
    return Victim(place, project)


def test_a_look_does_not_carry_out_a_journal(stopped: Victim) -> None:
    """--check and --dry-run say that a run was stopped half-way and what completes it, and change nothing."""
    for way in (CHECK, DRY):
        before = stopped.all()
        said = sentence(way, stopped.enter(way))
        assert "interrupted" in said
        assert "pyservice generate" in said
        assert stopped.all() == before


def test_generate_completes_a_run_of_ones_own(stopped: Victim, whole: dict[str, bytes]) -> None:
    """After plain `pyservice generate` the project is what it would be without the kill."""
    around = stopped.around()
    stopped.project.generate()
    assert stopped.project.files() == whole
    assert stopped.around() == around


def test_protoc_and_buf_complete_a_run_of_ones_own_or_wait(stopped: Victim, whole: dict[str, bytes]) -> None:
    """They finish it or leave it for `pyservice generate`; after that the project is whole."""
    for way in (PROTOC, BUF):
        assert_harmless(stopped, way)
    stopped.project.generate()
    assert stopped.project.files() == whole


def test_a_journal_of_ones_own_that_was_changed_since_reaches_nothing_outside(base: Project, tmp_path: Path) -> None:
    """Even in a folder in which a run was killed, a list that leads out of it is not carried out."""
    place = world(tmp_path / "world")
    victim = Victim(place, copy(base, place / "clone"))
    kill_half_way(victim.project)
    todo = json.loads(victim.project.text(LIST))
    todo["move"]["0"], todo["delete"] = "../victim-home/.bashrc", ["../precious"]
    victim.project.write(LIST, json.dumps(todo))
    around = victim.around()
    for entry_point in (CHECK, DRY, PROTOC, BUF):
        assert_harmless(victim, entry_point)
    victim.project.pyservice("generate")
    assert victim.around() == around
