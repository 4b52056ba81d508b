"""The lock names files to delete and words that become code: a run trusts neither."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.project.harness import HANDLER, Project
from tests.project.hostile.harness import (
    MINE,
    NOTES,
    WRITING,
    Tamper,
    Victim,
    assert_all_refused,
    assert_harmless,
    assert_refused,
    cloned,
    tampered,
)
from tests.project.hostile.records import LOCK, claim, digest, text, with_lines, write

PRECIOUS = digest(b"the only copy\n")
CODE = 'greet(self, *a): import os; os.system("touch ran")\n    def x'

PATHS = {
    "beside": "../precious",
    "absolute": "/no/such/file",
    "git": ".git/config",
    "git in capitals": ".GIT/hooks/x",
    "nested git": "src/.git/config",
    "up inside": "a/../../precious",
    "dot": "src/./shop/app.py",
    "empty": "",
    "folder": ".",
    "double slash": "src//shop/app.py",
    "backslashes": "..\\precious",
    "new line": "src/a\nb.py",
    "escape": "src/\x1b[2Ja.py",
    "NUL": "src/a\0b.py",
    "half a character": "src/\ud800.py",
    "the lock itself": LOCK,
    "its own journal": ".pyservice/journal/list.json",
}
"""Paths that no run ever wrote to."""

NAMES: dict[str, object] = {
    "code": CODE,
    "up": "../x",
    "blank": "x y",
    "new line": "x\n",
    "keyword": "class",
    "nothing": "",
    "number": 7,
    "null": None,
    "list": ["x"],
    "half a character": "x\ud800",
    "quote": 'x"y',
    "dotted": "os.system",
}
"""Texts that are not names in Python."""

KEYS = {
    "class": "class shop.v1.Cart",
    "module": "module shop.v1.Cart",
    "alias": "alias shop/v1/cart.proto",
    "method": "method shop.v1.Cart/Add",
}

HEADS: dict[str, dict[str, object]] = {
    "project with new lines": {"project": 'shop"\n[tool.evil]\nx = "'},
    "project up": {"project": "../shop"},
    "project a number": {"project": 1},
    "project a list": {"project": ["shop"]},
    "package with new lines": {"package": "shop\nimport os"},
    "package up": {"package": "../../victim"},
    "package with a slash": {"package": "a/b"},
    "package a keyword": {"package": "class"},
    "package of another": {"package": "os.path"},
    "package a number": {"package": 1},
    "format a text": {"format": "1"},
    "format a list": {"format": [1]},
    "format nothing": {"format": None},
    "format below one": {"format": -1},
    "request a list": {"request": [1]},
    "newer with an escape": {"format": 3, "generator": "\x1b[2J\n\n9"},
}

LINES: dict[str, dict[str, object]] = {
    "stale up": {"stale ../precious": True},
    "stale git": {"stale .git/config": True},
    "conflict up": {"conflict ../precious": True},
    "conflict with an escape": {"conflict a\x1b[2J": True},
    "pending up": {"pending ../precious": True},
    "pending no path": {"pending x": True},
    "pending code": {f"pending /shop.v1.Cart/{CODE}": True},
    "proto up": {"proto ../../precious": 3},
    "proto absolute": {"proto /no/such/file": 3},
    "proto with new lines": {"proto a\nb.proto": 3},
    "proto with a quote": {'proto a"\n]\nx = ["b.proto': 3},
    "proto without a number": {"proto shop/v1/cart.proto": "first"},
    "unknown owner": {"file src/shop/app.py": "other 0"},
    "no digest": {"file src/shop/app.py": "merged"},
    "digest up": {"file src/shop/app.py": "merged ../../precious"},
    "digest of a path": {"file src/shop/app.py": "merged ../lock.json"},
    "digest in capitals": {"file src/shop/app.py": f"merged {'A' * 64}"},
    "digest too short": {"file src/shop/app.py": f"merged {'a' * 63}"},
    "digest too long": {"file src/shop/app.py": f"merged {'a' * 65}"},
    "digest of another alphabet": {"file src/shop/app.py": f"merged {'٣' * 64}"},
    "one digest of two": {"file src/shop/app.py": f"merged {'a' * 64} ../lock.json"},
    "descriptor up": {"descriptor shop/v1/cart.proto": "../../precious"},
    "descriptor without a digest": {"descriptor shop/v1/cart.proto": ""},
    "descriptor a number": {"descriptor shop/v1/cart.proto": 1},
    "descriptor of no proto": {"descriptor ../../precious": "a" * 64},
    "stale in the record": {"stale .pyservice/objects/../../precious": True},
    "stale no object": {"stale .pyservice/objects/mine": True},
    "file a number": {"file src/shop/app.py": 1},
    "file a list": {"file src/shop/app.py": ["generated", "0"]},
}

RAW: dict[str, str | bytes] = {
    "empty": "",
    "list": "[]",
    "text": '"lock"',
    "number": "1",
    "null": "null",
    "not UTF-8": b"\xff{}",
    "UTF-16": "{}".encode("utf-16"),
    "deep": "[" * 100_000,
    "deep value": '{"format": ' + '{"a":' * 50_000 + "1" + "}" * 50_000 + "}",
    "huge number": '{"format": ' + "9" * 10_000 + "}",
    "not a number": '{"format": NaN, "request": "", "project": null, "package": null}',
    "nothing in it": "{}",
}


def lines(changed: dict[str, object]) -> Tamper:
    """A lock with some lines changed, in a project in which there is something to do."""
    return lambda project: with_lines(project, {"request": "", **changed})


def texts(victim: Victim, changes: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """The texts of locks with some lines changed."""
    lock = json.loads(victim.project.text(LOCK))
    return {name: text({**lock, "request": "", **changed}) for name, changed in changes.items()}


@pytest.mark.parametrize("owner", ["generated", "merged"])
def test_a_file_that_no_run_wrote_is_refused(victim: Victim, owner: str) -> None:
    """A path out of the project, into .git, or that is not a path, is not looked at, written or deleted."""
    claims = {name: {f"file {path}": f"{owner} {PRECIOUS}"} for name, path in PATHS.items()}
    assert_all_refused(victim, LOCK, texts(victim, claims))


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_what_is_no_name_is_refused(victim: Victim, key: str) -> None:
    """Names become code and paths: one that Python could not read as a name gets into neither."""
    assert_all_refused(victim, LOCK, texts(victim, {what: {key: name} for what, name in NAMES.items()}))


@pytest.mark.parametrize("changed", [HEADS, LINES], ids=["heads", "lines"])
def test_lines_with_wrong_values_are_refused(victim: Victim, changed: dict[str, dict[str, object]]) -> None:
    """Whatever a line is about, a value that no run wrote ends in one sentence."""
    assert_all_refused(victim, LOCK, texts(victim, changed))


def test_a_lock_that_is_none_is_refused(victim: Victim) -> None:
    """A file that is not a lock ends in one sentence, whatever its fault."""
    assert_all_refused(victim, LOCK, RAW)


# -------------------------------------------------------------------------------------- hand-written files


@pytest.mark.parametrize("path", [NOTES, MINE])
def test_a_claim_on_a_hand_written_file_is_refused(theirs: Project, tmp_path: Path, path: str) -> None:
    """A file where no run writes any of the generator's is not deleted because a lock says that it is one."""
    assert_refused(cloned(theirs, tmp_path, lambda project: claim(project, path)))


def test_a_claim_as_merged_does_not_take_a_file(theirs: Project, tmp_path: Path) -> None:
    """A hand-written file that is said to have been generated and left alone stays, or the run is refused."""
    for entry_point in WRITING:
        victim = tampered(theirs, tmp_path / entry_point.name, lambda project: claim(project, NOTES, "merged"))
        assert_harmless(victim, entry_point)
        assert victim.project.has(NOTES), entry_point.name


def test_a_claim_on_logic_does_not_take_it(theirs: Project, tmp_path: Path) -> None:
    """A handler that is said to be the generator's keeps what was written into it, or the run is refused."""

    def tamper(project: Project) -> None:
        project.write(HANDLER, project.text(HANDLER) + "\n# mine\n")
        claim(project, HANDLER, "generated")

    victim = tampered(theirs, tmp_path, tamper)
    for entry_point in WRITING:
        assert_harmless(victim, entry_point)
        assert "# mine" in victim.project.text(HANDLER)


# ------------------------------------------------------------------------------------------------- all of it


def everything_at_once(project: Project) -> None:
    """A lock in which every line is hostile."""
    lock = json.loads(project.text(LOCK))
    wrong = {key: CODE for key in lock if key.startswith(("class", "module", "alias", "method"))}
    paths = {f"file {path}": f"generated {PRECIOUS}" for path in PATHS.values()}
    write(project, {**lock, **wrong, **paths, "request": ""})


def a_link(project: Project) -> None:
    """The lock is a link to a file of the repository's."""
    (project.folder / LOCK).rename(project.folder / "lock.json")
    (project.folder / LOCK).symlink_to("../lock.json")


def a_link_out(project: Project) -> None:
    """The lock is a link to a file beside the project."""
    (project.folder / LOCK).rename(project.folder.parent / "precious.json")
    (project.folder / LOCK).symlink_to("../../precious")


IN_CLONES: dict[str, Tamper] = {
    "everything": everything_at_once,
    "link": a_link,
    "link out": a_link_out,
    "beside": lines({"file ../precious": f"generated {PRECIOUS}"}),
    "method": lines({KEYS["method"]: CODE}),
    "package": lines(HEADS["package up"]),
    "pending": lines(LINES["pending no path"]),
    "deep": lambda project: project.write(LOCK, RAW["deep"]),
}


@pytest.mark.parametrize("tamper", IN_CLONES.values(), ids=IN_CLONES)
def test_a_hostile_lock_in_a_clone_is_refused(theirs: Project, tmp_path: Path, tamper: Tamper) -> None:
    """What comes by way of git is refused by every command as the user types it."""
    assert_refused(cloned(theirs, tmp_path, tamper))
