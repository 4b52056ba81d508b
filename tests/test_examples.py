"""The projects in examples/ are what the generator makes of their protos today, and they work."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.support import coverage
from tests.support.command import run, scripts
from tests.support.types import Typed

EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = sorted(folder.name for folder in EXAMPLES.iterdir() if (folder / "pyservice.toml").is_file())
CACHES = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv", "*.egg-info")


@pytest.fixture
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of an example, away from this repository's own settings."""
    return Path(shutil.copytree(EXAMPLES / request.param, tmp_path / request.param, ignore=CACHES))


def test_there_are_examples() -> None:
    """A search that finds nothing would let the tests below pass."""
    assert {"chat", "files", "orderbook", "secure_data"} <= set(NAMES)


@pytest.mark.parametrize("example", NAMES, indirect=True)
def test_an_example_is_up_to_date(example: Path) -> None:
    """Generating it again changes nothing; `make goldens` updates it."""
    done = run([scripts() / "pyservice", "generate", "--check"], example)
    assert done.returncode == 0, f"{done.said}\nupdate with: make goldens"


@pytest.mark.parametrize("example", NAMES, indirect=True)
def test_the_tests_of_an_example_pass(example: Path) -> None:
    """Its own tests and the generated ones, as the user runs them; they reach what the user has written."""
    done = run([sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *coverage.ARGUMENTS], example)
    assert done.returncode == 0, done.said
    assert "is not written yet" not in done.stdout, "every RPC of an example has its logic"
    found = coverage.reached(example)
    assert found.percent >= 95, found.left_out


@pytest.mark.parametrize("example", NAMES, indirect=True)
@pytest.mark.parametrize("check", ["ruff check .", "black --check --quiet ."])
def test_an_example_is_clean(example: Path, check: str) -> None:
    """Its style holds with the settings that were generated."""
    tool, *arguments = check.split()
    done = run([scripts() / tool, *arguments], example)
    assert done.returncode == 0, done.said


@pytest.mark.parametrize("example", NAMES, indirect=True)
def test_an_example_is_typed(example: Path, typed: Typed) -> None:
    """mypy --strict finds nothing, with the settings that were generated."""
    done = typed(example)
    assert done.returncode == 0, done.said
