"""Running the variants over an input: once to see what they do, then in turns by the clock."""

import hashlib
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environment import Environment
from benchmarks.inputs import Input
from benchmarks.results import Figures, Outcome, Refusal, Result
from benchmarks.variants import Variant, command

TIMEOUT_S = 600

_PENDING = ".pyservice/pending"
"""What ours notes ahead of protoc's writing; the next run has no use for it."""


class RefusedError(RuntimeError):
    """A run that did not do its work; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where runs happen: the environment they start from, and a folder for what they write."""

    environment: Environment
    work: Path

    def out(self, input_: Input, variant: Variant) -> Path:
        """The output folder of `variant` on `input_`."""
        words = variant.name.replace(",", "").replace(" ", "-").replace("+", "-")
        return self.work / "out" / input_.name / words

    def empty(self, out: Path) -> None:
        """Make `out` an empty folder. What is in it is put aside until `clean`: files that are created within a
        minute of a deletion cost ext4 several times as much, for it passes over each inode that was just freed."""
        if out.exists():
            self._aside.mkdir(exist_ok=True)
            out.rename(tempfile.mkdtemp(dir=self._aside))
        out.mkdir(parents=True)

    def clean(self) -> None:
        """Delete what was put aside."""
        shutil.rmtree(self._aside, ignore_errors=True)

    @property
    def _aside(self) -> Path:
        return self.work / "aside"


def measure(
    input_: Input,
    variants: tuple[Variant, ...],
    bench: Bench,
    rounds: int,
    say: Callable[[str], None],
) -> Result:
    """Measure `variants` on `input_`, `rounds` times in turns; `say` gets progress messages."""
    probes: dict[str, Outcome] = {}
    trials: dict[str, Callable[[], float]] = {}
    for variant in variants:
        say(f"{input_.name}: trying {variant.name}")
        probes[variant.name] = probe(input_, variant, bench)
        trials[variant.name] = _trial(input_, variant, bench)
    able = {name: trials[name] for name, probe_ in probes.items() if isinstance(probe_, Figures)}
    say(f"{input_.name}: {rounds} rounds of {len(able)} variants")
    medians = interleave(able, rounds)
    outcomes = {name: _timed(probe_, medians.get(name)) for name, probe_ in probes.items()}
    return Result(input_.name, input_.shape, rounds, outcomes)


def interleave(trials: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median seconds of each trial, run in turns so that a slow spell hits all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in trials}
    for _ in range(rounds):
        for name, trial in trials.items():
            seconds[name].append(trial())
    return {name: statistics.median(values) for name, values in seconds.items()}


def _timed(probe_: Outcome, median_s: float | None) -> Outcome:
    if isinstance(probe_, Refusal) or median_s is None:
        return probe_
    return Figures(median_s * 1000, probe_.peak_mb, probe_.files)


def _trial(input_: Input, variant: Variant, bench: Bench) -> Callable[[], float]:
    out = bench.out(input_, variant)
    line = command(variant, bench.environment.python, input_.arguments, out)

    def trial() -> float:
        if not variant.regenerates:
            bench.empty(out)
        return _run(line, bench)

    return trial


def probe(input_: Input, variant: Variant, bench: Bench) -> Outcome:
    """One untimed run, which also warms up: peak memory and number of files, or why it refuses."""
    if variant.plugin and bench.environment.program(variant.plugin) is None:
        return Refusal(f"{variant.plugin} is not installed")
    out = bench.out(input_, variant)
    line = command(variant, bench.environment.python, input_.arguments, out)
    bench.empty(out)
    try:
        before = _first_run(line, out, bench) if variant.regenerates else None
        peak = _run_for_peak(line, variant, bench)
    except RefusedError as error:
        return Refusal(str(error))
    after = _digests(out)
    if before is not None and before != after:
        return Refusal(f"a second run changed files: {_differences(before, after)}")
    if len(after) < variant.complete:
        return Refusal(f"wrote {len(after)} files, where {variant.complete} are the least to expect")
    return Figures(0.0, peak, len(after))


def _first_run(line: list[str], out: Path, bench: Bench) -> dict[str, str]:
    _run(line, bench)
    return _digests(out)


def _run_for_peak(line: list[str], variant: Variant, bench: Bench) -> float | None:
    """Run `line` with its plugin watched; the most memory that held, in MB; None for no plugin."""
    program = bench.environment.program(variant.plugin) if variant.plugin else None
    if program is None:
        _run(line, bench)
        return None
    result, watcher = bench.work / "peak.txt", bench.work / "peak.sh"
    watching = [sys.executable, "-E", "-S", str(Path(__file__).with_name("peak.py"))]
    words = [*watching, str(result), str(program), "--", *line]
    watcher.write_text(f"#!/bin/sh\nexec {shlex.join(words)}\n", encoding="utf-8")
    watcher.chmod(0o755)
    result.unlink(missing_ok=True)
    _run([*line, f"--plugin={program.name}={watcher}"], bench)
    return int(result.read_text(encoding="ascii")) / 1e6


def _run(line: list[str], bench: Bench) -> float:
    """Seconds that `line` takes; raises RefusedError if it fails or does not come to an end."""
    variables = bench.environment.variables()
    start = time.perf_counter()
    try:
        done = subprocess.run(line, check=False, capture_output=True, text=True, env=variables, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise RefusedError(f"still running after {TIMEOUT_S} s") from None
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RefusedError(_reason(done.stderr) or f"exit {done.returncode}")
    return seconds


def _reason(stderr: str) -> str:
    """The last line of `stderr` that says more than that the plugin failed."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    telling = [line for line in lines if "Plugin failed with status code" not in line]
    return (telling or lines or [""])[-1].strip()


def _digests(out: Path) -> dict[str, str]:
    """The SHA-256 of every file under `out`, by its name there, but for what the next run throws away."""
    files = (path for path in out.rglob("*") if path.is_file() and not path.is_relative_to(out / _PENDING))
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    names = sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
    return f"{len(names)}, of which the first is {names[0]}"
