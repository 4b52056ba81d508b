"""What came out: figures of each variant, and what their ratios may be."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from benchmarks.service.variants import BARE, OURS, USUAL


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of one variant."""

    cpu_us: float
    """Server CPU per request, or per message of a stream."""
    per_second: float
    latencies: Sequence[float]
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over the rounds of a variant."""

    cpu_us_per_request: float
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us_per_streamed_message: float


def figures(unary: Iterable[Round], streams: Iterable[Round]) -> Figures:
    """The figures of a variant's rounds."""
    unary = list(unary)
    latencies = sorted(latency for turn in unary for latency in turn.latencies)
    return Figures(
        cpu_us_per_request=statistics.median(turn.cpu_us for turn in unary),
        requests_per_second=statistics.median(turn.per_second for turn in unary),
        p50_ms=latencies[len(latencies) // 2] * 1000,
        p99_ms=latencies[len(latencies) * 99 // 100] * 1000,
        cpu_us_per_streamed_message=statistics.median(turn.cpu_us for turn in streams),
    )


@dataclass(frozen=True, slots=True)
class Budget:
    """A ratio of two variants' figures and its limit."""

    sentence: str
    variant: str
    base: str
    figure: str
    limit: float
    at_least: bool = False

    def ratio(self, all_: Mapping[str, Figures]) -> float:
        """What was measured."""
        ratio: float = getattr(all_[self.variant], self.figure) / getattr(all_[self.base], self.figure)
        return ratio

    def is_held(self, all_: Mapping[str, Figures]) -> bool:
        """Whether it is within the limit."""
        ratio = self.ratio(all_)
        return ratio >= self.limit if self.at_least else ratio <= self.limit


_CPU, _RATE = "cpu_us_per_request", "requests_per_second"

BUDGETS = (
    Budget("CPU per request of bare, both on asyncio", OURS, BARE, _CPU, 1.20),
    Budget("CPU per request of bare, both on uvloop", f"{OURS}+uvloop", f"{BARE}+uvloop", _CPU, 1.20),
    Budget("CPU per request of bare on asyncio, ours on uvloop, its default", f"{OURS}+uvloop", BARE, _CPU, 1.05),
    Budget("requests per second of the usual stack, both on asyncio", OURS, USUAL, _RATE, 3, at_least=True),
)


def table(all_: Mapping[str, Figures], rounds: int) -> str:
    """For people."""
    head = f"{'':<16}{'us CPU':>9}{'x bare':>8}{'req/s':>9}{'p50 ms':>8}{'p99 ms':>8}{'us/message':>12}"
    base = all_[BARE].cpu_us_per_request
    rows = [
        f"{name:<16}{f.cpu_us_per_request:>9.1f}{f.cpu_us_per_request / base:>8.2f}{f.requests_per_second:>9.0f}"
        f"{f.p50_ms:>8.2f}{f.p99_ms:>8.2f}{f.cpu_us_per_streamed_message:>12.1f}"
        for name, f in all_.items()
    ]
    return "\n".join([f"medians of {rounds} rounds", head, *rows])


def verdict(budget: Budget, all_: Mapping[str, Figures]) -> str:
    """A budget in words."""
    mark = "ok  " if budget.is_held(all_) else "OVER"
    relation = "at least" if budget.at_least else "at most"
    return f"{mark}  {budget.ratio(all_):.2f} x the {budget.sentence}; the budget is {relation} {budget.limit:g}"


def document(all_: Mapping[str, Figures], rounds: int) -> str:
    """For programs."""
    return json.dumps(
        {
            "rounds": rounds,
            "variants": {name: asdict(found) for name, found in all_.items()},
            "budgets": [
                {"sentence": b.sentence, "ratio": b.ratio(all_), "limit": b.limit, "held": b.is_held(all_)}
                for b in BUDGETS
            ],
        },
        indent=2,
    )
