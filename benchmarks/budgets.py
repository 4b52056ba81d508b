"""What the generator is allowed to cost, and whether it stays within."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from benchmarks.results import Result
from benchmarks.variants import AGAIN, EMPTY, FIRST

Measure = Literal["x_empty", "peak_mb"]


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that `variant` may cost on `input`."""

    input: str
    variant: str
    measure: Measure
    limit: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """A budget and what was measured; None where nothing could be, which does not hold it."""

    budget: Budget
    value: float | None

    @property
    def held(self) -> bool:
        """Whether the measured value is within the limit."""
        return self.value is not None and self.value <= self.budget.limit

    @property
    def fails(self) -> bool:
        """Whether the benchmark has to fail: only a first generation decides that."""
        return not self.held and self.budget.variant == FIRST


_TIMES = {"small": 1.8, "medium": 2.5, "large": 6.0}
_PEAKS = {"small": 60.0, "medium": 80.0, "large": 400.0}

BUDGETS: tuple[Budget, ...] = tuple(
    budget
    for input_ in _TIMES
    for variant in (FIRST, AGAIN)
    for budget in (
        Budget(input_, variant, "x_empty", _TIMES[input_]),
        Budget(input_, variant, "peak_mb", _PEAKS[input_]),
    )
)


def judge(results: Iterable[Result]) -> list[Verdict]:
    """The verdict on every budget that is about one of the measured inputs."""
    return [
        Verdict(budget, _value(budget, result))
        for result in results
        for budget in BUDGETS
        if budget.input == result.input
    ]


def _value(budget: Budget, result: Result) -> float | None:
    if budget.measure == "x_empty":
        return result.times(budget.variant, EMPTY)
    return result.peak_mb(budget.variant)


def sentence(verdict: Verdict) -> str:
    """The verdict in words."""
    budget = verdict.budget
    unit = "x an empty plugin" if budget.measure == "x_empty" else "MB at its peak"
    who = f"{budget.input}: {budget.variant}"
    if verdict.value is None:
        return f"{who} could not be measured; its budget is {budget.limit:g} {unit}"
    relation = "within" if verdict.held else "over"
    return f"{who} takes {verdict.value:.2f} {unit}, {relation} its budget of {budget.limit:g}"
