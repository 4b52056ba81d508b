"""Which projects are old, and what it costs the others to ask."""

import subprocess
import sys

import pytest

from protoc_gen_pyservice.inputs.lock import Lock, parse_lock
from protoc_gen_pyservice.inputs.tree import MemoryTree
from protoc_gen_pyservice.reconcile.lock_check import read_lock
from protoc_gen_pyservice.reconcile.upgrade.era import is_before_runtime

LOCK = Lock(project="shop", package="shop")


@pytest.mark.parametrize(
    ("version", "is_old"),
    [("0.1.0", True), ("0.2.0", True), ("0.2.13rc1", True), ("0.3.0.dev0", False), ("0.10.0", False), ("1.0.0", False)],
)
def test_old_versions(version: str, is_old: bool) -> None:
    """Below 0.3, whatever stands behind the second number."""
    assert is_before_runtime(LOCK._replace(generator=version)) is is_old


def test_a_new_project_is_not_old() -> None:
    """It has no lock."""
    assert not is_before_runtime(None)
    assert not is_before_runtime(Lock())


def test_two_branches_are_as_old_as_the_older() -> None:
    """git leaves the versions of both."""
    text = LOCK._replace(generator="0.2.0").to_bytes()
    line = b'"generator": "0.2.0",\n'
    assert parse_lock(text).generator == "0.2.0"
    assert parse_lock(text.replace(line, b'"generator": "0.10.0",\n' + line)).generator == "0.2.0"


def test_a_version_that_no_generator_has() -> None:
    """A stranger's lock says no more than a run can have written."""
    text = LOCK._replace(generator="0.2/../..").to_bytes()
    with pytest.raises(Exception, match=r"has the version '0\.2/\.\./\.\.', which no run can have written"):
        read_lock(MemoryTree({".pyservice/lock.json": text}))


def test_whoever_is_not_old_does_not_pay() -> None:
    """Python's concrete syntax is loaded for old projects alone: that takes longer than a small run."""
    code = "import sys, protoc_gen_pyservice.reconcile.update; sys.exit('libcst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
