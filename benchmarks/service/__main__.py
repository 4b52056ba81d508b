"""What a request costs the generated server, beside a bare one and the usual stack.

    python -m benchmarks.service
    python -m benchmarks.service --rounds 12 --report-only

All servers run at once and take turns, so that only the ratios of one table mean something. They are
started anew several times: each process has its own luck with memory and caches. What is timed has
every interceptor switched on, which is checked on the same processes before and after.
"""

import argparse
import importlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.environment import SetupError
from benchmarks.service import checks, results
from benchmarks.service.project import set_up
from benchmarks.service.results import BUDGETS, Round
from benchmarks.service.running import Callers, Order, Server, ServerError, callers, serving
from benchmarks.service.variants import OURS, VARIANTS
from tests.server.collector import Collector, collecting
from tests.server.issuer import AUDIENCE, ISSUER, Signer, key_set, rsa_signer

WORK = Path(__file__).resolve().parents[2] / "build" / "bench"
IN_FLIGHT = 16
STARTS = 6
"""How often the servers are started; each time they do their share of the rounds."""
MESSAGES = 100
"""In each stream."""


def main(words: list[str]) -> int:
    """Measure, print, write build/bench/service.json; 1 for a broken budget, 2 for no result."""
    options = _parser().parse_args(words)
    work = WORK / "service"
    work.mkdir(parents=True, exist_ok=True)
    try:
        measured = _measure(work, options.rounds, options.calls)
    except (SetupError, ServerError, checks.CheckError) as error:
        print(f"benchmarks.service: {error}", file=sys.stderr)
        return 2
    (WORK / "service.json").write_text(results.document(measured, options.rounds))
    print(results.table(measured, options.rounds), "", *(results.verdict(b, measured) for b in BUDGETS), sep="\n")
    broken = [budget for budget in BUDGETS if not budget.is_held(measured)]
    return 1 if broken and not options.report_only else 0


def _parser() -> argparse.ArgumentParser:
    assert __doc__ is not None
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m benchmarks.service", None, __doc__, formatter_class=formatter)
    parser.add_argument("--rounds", type=int, default=60, help="default: 60")
    parser.add_argument("--calls", type=int, default=500, help="calls a round; default: 500")
    parser.add_argument("--report-only", action="store_true", help="exit 0 even if a budget is broken")
    return parser


def _measure(work: Path, rounds: int, calls: int) -> dict[str, results.Figures]:
    _say("generating and installing the service")
    environment, project = set_up(work)
    sys.path.insert(0, str(project / "src"))
    signer = rsa_signer("bench")
    keys = work / "keys.json"
    keys.write_text(key_set(signer))
    bench = _Bench(signer, rounds // STARTS or 1, calls)
    for number in range(STARTS):
        _say(f"start {number + 1} of {STARTS}: {bench.rounds} rounds of {len(VARIANTS)} variants")
        with ExitStack() as stack:
            collector = stack.enter_context(collecting())
            settings = _settings(keys, collector)
            servers = [stack.enter_context(serving(environment, variant, settings, work)) for variant in VARIANTS]
            _take_turns(servers, stack.enter_context(callers(environment, 2)), bench, collector)
    return {v.name: results.figures(bench.unary_rounds[v.name], bench.stream_rounds[v.name]) for v in VARIANTS}


def _settings(keys: Path, collector: Collector) -> dict[str, str]:
    return {
        "GRPC_PORT": "0",
        "METRICS_PORT": "0",
        "AUTH_MODE": "jwt",
        "AUTH_JWKS_FILE": str(keys),
        "AUTH_ISSUER": ISSUER,
        "AUTH_AUDIENCE": AUDIENCE,
        "RATE_LIMIT": "1000000",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.01",
    }


class _Bench:
    """The orders of a measurement, and what came of them by variant."""

    def __init__(self, signer: Signer, rounds: int, calls: int) -> None:
        echo_pb2: Any = importlib.import_module("echo.gen.echo_pb2")
        self.signer = signer
        self.rounds = rounds
        self.say: Callable[..., bytes] = lambda **fields: echo_pb2.SayRequest(**fields).SerializeToString()
        metadata = (("authorization", f"Bearer {signer.token(roles=['caller'])}"),)
        count = echo_pb2.CountRequest(messages=MESSAGES).SerializeToString()
        path = "/echo.v1.Echo/"
        self.unary = Order(f"{path}Say", self.say(text="hello", number=7), calls, IN_FLIGHT, metadata)
        self.streams = Order(f"{path}Count", count, 2 * max(calls // MESSAGES // 2, 1), 2, metadata, streams=True)
        self.unary_rounds: dict[str, list[Round]] = defaultdict(list)
        self.stream_rounds: dict[str, list[Round]] = defaultdict(list)


def _take_turns(servers: Sequence[Server], calling: Callers, bench: _Bench, collector: Collector) -> None:
    ours = [server for server in servers if server.variant.server == OURS]
    for server in ours:
        checks.check(server, bench.signer, bench.say)
    for number in range(bench.rounds + 1):
        # The first round warms up. Each round begins with another one: none is always behind the same.
        for server in _rotated(servers, number):
            for order, rounds, units in (
                (bench.unary, bench.unary_rounds, 1),
                (bench.streams, bench.stream_rounds, MESSAGES),
            ):
                turn = _turn(server, calling, order, units)
                if number:
                    rounds[server.variant.name].append(turn)
    made = bench.rounds + 1
    for server in ours:
        good = checks.GOOD_CALLS + made * bench.unary.calls
        checks.check_counts(server, {"Say": good, "Count": made * bench.streams.calls}, collector)


def _rotated(servers: Sequence[Server], number: int) -> Iterator[Server]:
    first = number % len(servers)
    yield from (*servers[first:], *servers[:first])


def _turn(server: Server, calling: Callers, order: Order, units: int) -> Round:
    before = server.cpu_seconds()
    said = calling.call(server.port, order)
    cpu = server.cpu_seconds() - before
    failed = sum(one["failed"] for one in said)
    if failed:
        raise checks.CheckError(f"{server.variant.name}: {failed} of {order.calls} calls of {order.method} failed")
    latencies = [latency for one in said for latency in one["latencies"]]
    seconds = max(one["seconds"] for one in said)
    return Round(cpu * 1e6 / (len(latencies) * units), len(latencies) / seconds, latencies)


def _say(text: str) -> None:
    print(f"service: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
