"""The generated tests reach what an owner has, also where nothing is written yet and every part is off."""

import sys
from pathlib import Path

from tests.support import coverage
from tests.support.command import run
from tests.support.protoc import protoc

PROTO = Path(__file__).parents[2] / "examples" / "orderbook" / "proto"


def test_a_bare_project_is_reached(tmp_path: Path) -> None:
    """More than 90 % of the few lines; stubs do not count, and neither does what the generator's own tests reach."""
    made = protoc(f"-I{PROTO}", "--pyservice_out=.", "--pyservice_opt=parts=none", "orderbook.proto", cwd=tmp_path)
    assert made.returncode == 0, made.said
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *coverage.ARGUMENTS]
    done = run(command, tmp_path)
    assert done.returncode == 0, done.said
    found = coverage.reached(tmp_path)
    assert found.percent >= 90, found.left_out
    assert not [file for file in found.left_out if "/gen/" in file or "/runtime/" in file]
