"""What pytest does for the tests of a service."""

import os
import subprocess
import sys
from pathlib import Path

import pyservice_runtime

CONFTEST = """
from pyservice_runtime.testing.plugin import pytest_configure, pytest_runtest_call
"""

TESTS = """
import grpc

from pyservice_runtime import errors


def status(code, details):
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details)


def test_unwritten():
    raise errors.Unimplemented("a.B/C is not written yet: handlers/b.py:7")


def test_unwritten_by_a_bare_channel():
    raise status(grpc.StatusCode.UNIMPLEMENTED, "a.B/C is not written yet: handlers/b.py:7")


def test_unimplemented():
    raise errors.Unimplemented("there is no such method")


def test_invalid():
    raise errors.InvalidArgument({"a": "is wrong"})


def test_otherwise():
    raise RuntimeError("a bug")


def test_fine():
    pass
"""

UNAWAITED = """
import gc


async def work():
    pass


def test_it():
    work()
    gc.collect()
"""


def run_tests(folder: Path, tests: str) -> subprocess.CompletedProcess[str]:
    """Run tests in a project that has the plugin."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "--rootdir=.", "."]
    env = {**os.environ, "PYTHONPATH": str(Path(pyservice_runtime.__path__[0]).parent)}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_how_tests_end(tmp_path: Path) -> None:
    """What is not written yet is skipped, with its place; what looks like a wrong sample says where it is from."""
    done = run_tests(tmp_path, TESTS)
    assert "3 failed, 1 passed, 2 skipped" in done.stdout, done.stdout
    assert done.stdout.count("a.B/C is not written yet: handlers/b.py:7") >= 1
    assert done.stdout.count("If the sample request is invalid: set SAMPLE_VALUES") == 1
    assert done.returncode == 1


def test_a_missing_await(tmp_path: Path) -> None:
    """The run fails, though no test did, and says where the coroutine was made."""
    done = run_tests(tmp_path, UNAWAITED)
    assert "1 passed" in done.stdout, done.stdout
    assert "missing await" in done.stdout
    assert "was never awaited" in done.stdout
    assert done.returncode == 1


def test_nothing_is_missing(tmp_path: Path) -> None:
    """The run ends well."""
    assert run_tests(tmp_path, "def test_it():\n    pass\n").returncode == 0
