"""Detection of projects from before 0.3."""

import subprocess
import sys

import pytest

from protoc_gen_pyservice.inputs.lock import Lock, parse_lock
from protoc_gen_pyservice.inputs.tree import MemoryTree
from protoc_gen_pyservice.reconcile.lock_check import read_lock
from protoc_gen_pyservice.reconcile.upgrade.old_version import is_before_runtime

LOCK = Lock(project="shop", package="shop")


@pytest.mark.parametrize(
    ("version", "is_old"),
    [("0.1.0", True), ("0.2.0", True), ("0.2.13rc1", True), ("0.3.0.dev0", False), ("0.10.0", False), ("1.0.0", False)],
)
def test_old_versions(version: str, is_old: bool) -> None:
    """Versions below 0.3 are old, including pre-releases; 0.10 is not."""
    assert is_before_runtime(LOCK._replace(generator=version)) is is_old


def test_a_new_project_is_not_old() -> None:
    """A project without a lock, or with an empty one, is not old."""
    assert not is_before_runtime(None)
    assert not is_before_runtime(Lock())


def test_the_older_of_two_merged_versions_counts() -> None:
    """After git merged two branches, the lock has the versions of both."""
    text = LOCK._replace(generator="0.2.0").to_bytes()
    line = b'"generator": "0.2.0",\n'
    assert parse_lock(text).generator == "0.2.0"
    assert parse_lock(text.replace(line, b'"generator": "0.10.0",\n' + line)).generator == "0.2.0"


def test_an_invalid_version() -> None:
    """A lock with a version that the generator cannot have written is refused."""
    text = LOCK._replace(generator="0.2/../..").to_bytes()
    with pytest.raises(Exception, match=r"has the version '0\.2/\.\./\.\.', which no run can have written"):
        read_lock(MemoryTree({".pyservice/lock.json": text}))


def test_libcst_is_not_imported_for_other_projects() -> None:
    """libcst is imported for old projects only, because its import takes longer than a small run."""
    code = "import sys, protoc_gen_pyservice.reconcile.update; sys.exit('libcst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
