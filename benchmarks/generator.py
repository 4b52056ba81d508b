"""How long the generator takes and how much memory it holds, beside protoc and its peers.

    python -m benchmarks.generator
    python -m benchmarks.generator --inputs small,medium --rounds 30 --report-only

Every run is a whole `python -m grpc_tools.protoc` out of one virtual environment, made under
build/bench, and the variants take turns, so that only the ratios of one table mean something.
"""

import argparse
import sys
from pathlib import Path

from benchmarks import budgets, environment, inputs, report
from benchmarks.measure import Bench, RefusedError, measure
from benchmarks.variants import VARIANTS
from tests.support.corpus import CorpusError

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "bench"


def main(words: list[str]) -> int:
    """Measure, print, write build/bench/generator.json; 1 for a broken budget, 2 for no result."""
    options = _parser().parse_args(words)
    WORK.mkdir(parents=True, exist_ok=True)
    try:
        verdicts = _measure_all(options.inputs, options.rounds)
    except (CorpusError, environment.SetupError, RefusedError) as error:
        print(f"benchmarks.generator: {error}", file=sys.stderr)
        return 2
    broken = [verdict for verdict in verdicts if verdict.fails]
    for verdict in broken:
        print(f"benchmarks.generator: {budgets.sentence(verdict)}", file=sys.stderr)
    return 1 if broken and not options.report_only else 0


def _measure_all(names: list[str], rounds: int | None) -> list[budgets.Verdict]:
    _say("setting up the environment")
    made, lacking = environment.build(ROOT, WORK)
    for sentence in lacking:
        _say(sentence)
    bench = Bench(made, WORK)
    chosen = [inputs.prepare(name, WORK) for name in names]
    try:
        results = [measure(one, VARIANTS, bench, rounds or one.rounds, _say) for one in chosen]
    finally:
        bench.clean()
    verdicts = budgets.judge(results)
    (WORK / "generator.json").write_text(report.document(results, verdicts), encoding="utf-8")
    print(report.text(results, verdicts))
    return verdicts


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generator", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--inputs", type=_inputs, default=list(inputs.NAMES), metavar="A,B")
    parser.add_argument("--rounds", type=_rounds, help="default: 15, and 3 for the large input")
    parser.add_argument("--report-only", action="store_true", help="exit 0 even if a budget is broken")
    return parser


def _inputs(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in inputs.NAMES:
            raise argparse.ArgumentTypeError(f"no input named {name!r}; there are: {', '.join(inputs.NAMES)}")
    return names


def _rounds(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
