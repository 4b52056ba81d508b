"""Whether the runtime's tests notice when it stops to refuse something: run them on one changed copy after the other.

    python -m tools.mutations [--jobs N] [TEXT...]

First all tests run once, to learn which of them reach which line; then each mutant meets those that reach it, and
the first that fails is enough. TEXT chooses the mutants that have one of them in their description. The tree stays as it is:
a mutant is written into a copy of the runtime in a temporary folder.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tools.mutants import EQUIVALENT, Mutant, find

ROOT = Path(__file__).resolve().parents[1]
RUNTIME = ROOT / "templates" / "runtime" / "pyservice_runtime"
TESTS = "tests/runtime"
_NOT_FOR_MUTANTS = ("test_mutations.py", "test_layout.py", "test_distribution.py")
"""They look at the sources, and would see a mutant by its text."""

_TIMEOUT_SECONDS = 180
_OURS = ("PYTEST_", "COV_", "COVERAGE_")
"""Variables of a pytest around this one, which are not meant for those below."""

Reaching = Mapping[str, Mapping[int, frozenset[str]]]
"""The tests that run a line of a file."""


def main() -> int:
    """Print each mutant that no test notices; return 1 if there is one."""
    parser = argparse.ArgumentParser(description="Run the runtime's tests on changed copies of it.")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("texts", nargs="*", metavar="TEXT")
    arguments = parser.parse_args()
    mutants = [one for one in find(RUNTIME) if (one.path, one.replacement) not in EQUIVALENT]
    mutants = [one for one in mutants if any(text in str(one) for text in arguments.texts or [""])]
    reaching = reached()
    control(mutants, reaching)
    with ThreadPoolExecutor(arguments.jobs) as pool:
        noticed = list(pool.map(partial(_report, reaching=reaching), mutants))
    survivors = [one for one, was_noticed in zip(mutants, noticed, strict=True) if not was_noticed]
    print(f"{len(mutants)} mutants, {len(mutants) - len(survivors)} noticed, {len(survivors)} survived")
    for one in survivors:
        print(f"survived: {one}")
    return int(bool(survivors))


def _report(mutant: Mutant, reaching: Reaching) -> bool:
    was_noticed = any(survives(mutant, tests) is False for tests in choices(mutant, reaching))
    print(f"{'noticed' if was_noticed else 'SURVIVED'}  {mutant}", flush=True)
    return was_noticed


def reached() -> Reaching:
    """Run all tests on the runtime as it is, and return which of them run which line. Raises RuntimeError."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        measure = ["--cov=pyservice_runtime", "--cov-context=test", "--cov-report="]
        ignored = [f"--ignore={TESTS}/{name}" for name in _NOT_FOR_MUTANTS]
        env = {"COVERAGE_FILE": str(Path(folder) / "coverage")}
        done = run_tests(RUNTIME.parent, [TESTS, *ignored], *measure, **env)
        if done.returncode:
            raise RuntimeError(f"the tests fail already:\n{done.stdout}{done.stderr}")
        command = [sys.executable, "-m", "coverage", "json", "--show-contexts", "-q", "-o", str(report)]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, check=True)
        files = json.loads(report.read_text())["files"]
    return {
        Path(name)
        .resolve()
        .relative_to(RUNTIME)
        .as_posix(): {
            int(line): frozenset(context.partition("|")[0] for context in contexts if context)
            for line, contexts in found["contexts"].items()
        }
        for name, found in files.items()
    }


def choices(mutant: Mutant, reaching: Reaching) -> Iterable[Sequence[str]]:
    """Tests that may notice a mutant, the likeliest first; in the end all that run what was changed."""
    lines = reaching.get(mutant.path, {})
    if mutant.kind == "drop":
        yield [TESTS, *(f"--ignore={TESTS}/{name}" for name in _NOT_FOR_MUTANTS)]
        return
    refused: frozenset[str] = frozenset().union(*(lines.get(line, frozenset()) for line in mutant.body))
    all_of_them = lines.get(mutant.line, frozenset()) | refused
    if refused:
        yield sorted(refused)
    if all_of_them != refused or not refused:
        # What runs in processes of its own is known to no test.
        yield sorted(all_of_them - refused) or [f"{TESTS}/test_process.py"]


def control(mutants: Iterable[Mutant], reaching: Reaching) -> None:
    """Run all those tests on a copy without a change: they are there, and pass. Raises RuntimeError."""
    chosen = {test for mutant in mutants for tests in choices(mutant, reaching) for test in tests if "::" in test}
    with tempfile.TemporaryDirectory() as folder:
        done = run_tests(_copied(Path(folder)).parent, sorted(chosen))
    if done.returncode:
        raise RuntimeError(f"the tests fail on a copy that nothing was done to:\n{done.stdout}{done.stderr}")


def survives(mutant: Mutant, tests: Sequence[str]) -> bool:
    """Whether tests pass with a mutant in the place of the runtime."""
    try:
        return try_out(mutant, tests).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def try_out(mutant: Mutant, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run tests, until one fails, with a mutant in the place of the runtime. Raises TimeoutExpired."""
    with tempfile.TemporaryDirectory() as folder:
        copy = _copied(Path(folder))
        changed = copy / mutant.path
        changed.write_bytes(mutant.apply(changed.read_bytes()))
        return run_tests(copy.parent, tests, "-x")


def _copied(folder: Path) -> Path:
    """A copy of the runtime in a folder."""
    return shutil.copytree(RUNTIME, folder / RUNTIME.name, ignore=shutil.ignore_patterns("__pycache__"))


def run_tests(runtime: Path, tests: Sequence[str], *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run tests with the runtime of a folder, which need not be the one in this tree."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    # Before the options of pyproject.toml.
    command += ["-o", f"pythonpath={runtime} .", *arguments, *tests]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    own = {"PYTHONPATH": str(runtime), "PYTHONDONTWRITEBYTECODE": "1", **env}
    return subprocess.run(
        command, cwd=ROOT, env={**kept, **own}, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
    )


if __name__ == "__main__":
    sys.exit(main())
