"""The generated tests reach what was generated, also where nothing is written yet and every part is off."""

import sys
from pathlib import Path

from tests.support import coverage
from tests.support.command import run
from tests.support.protoc import protoc

PROTO = Path(__file__).parents[2] / "examples" / "orderbook" / "proto"


def test_a_bare_project_is_reached(tmp_path: Path) -> None:
    """More than 95 % of the lines, and each that refuses something; stubs do not count."""
    made = protoc(f"-I{PROTO}", "--pyservice_out=.", "--pyservice_opt=parts=none", "orderbook.proto", cwd=tmp_path)
    assert made.returncode == 0, made.said
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *coverage.ARGUMENTS]
    done = run(command, tmp_path)
    assert done.returncode == 0, done.said
    found = coverage.reached(tmp_path)
    assert found.percent >= 95, found.left_out
    if "redis" not in done.stdout:
        assert found.refusals == ()


def test_refusals_are_found(tmp_path: Path) -> None:
    """A line that raises and was never run is named, wherever in the function it stands."""
    folder = tmp_path / "src" / "p" / "interceptors"
    folder.mkdir(parents=True)
    (folder / "limits.py").write_text("def f(x):\n    if x:\n        raise ValueError(\n            x)\n    return 1\n")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "coverage.json").write_text(
        '{"totals": {"percent_covered": 50.0}, "files": {"src/p/interceptors/limits.py": {"missing_lines": [3, 5]}}}'
    )
    assert coverage.reached(tmp_path).refusals == ("src/p/interceptors/limits.py:3",)
