"""The results for people (a table per input) and for programs (one JSON document)."""

import json
import textwrap
from collections.abc import Iterable, Sequence

from benchmarks.budgets import Verdict, sentence
from benchmarks.results import Figures, Outcome, Result
from benchmarks.variants import ALONE, EMPTY

HEADINGS = ("", "wall ms", "x empty", "x protoc", "peak MB", "files")


def text(results: Iterable[Result], verdicts: Sequence[Verdict]) -> str:
    """A table per input, then every budget and whether it is held."""
    tables = [_table(result) for result in results]
    budgets = [f"{_mark(verdict)}  {sentence(verdict)}" for verdict in verdicts]
    return "\n\n".join([*tables, "\n".join(["budgets", *budgets])])


def _mark(verdict: Verdict) -> str:
    if verdict.value is None:
        return "?   "
    return "ok  " if verdict.held else "OVER"


def _table(result: Result) -> str:
    rows = [HEADINGS, *(_row(result, name) for name in result.outcomes)]
    wide = max(len(row[0]) for row in rows)
    title = f"{result.input}: {result.shape}; medians of {result.rounds} rounds"
    notes = [
        f"  {name}: {textwrap.shorten(outcome.reason, 160)}"
        for name, outcome in result.outcomes.items()
        if not isinstance(outcome, Figures)
    ]
    lines = ["  ".join([row[0].ljust(wide), *(cell.rjust(8) for cell in row[1:])]).rstrip() for row in rows]
    return "\n".join([title, *lines, *notes])


def _row(result: Result, name: str) -> tuple[str, ...]:
    outcome = result.outcomes[name]
    if not isinstance(outcome, Figures):
        return (name, "refuses", "-", "-", "-", "-")
    return (
        name,
        f"{outcome.wall_ms:,.1f}",
        _number(result.times(name, EMPTY), 2),
        _number(result.times(name, ALONE), 2),
        _number(outcome.peak_mb, 1),
        str(outcome.files),
    )


def _number(value: float | None, places: int) -> str:
    return "-" if value is None else f"{value:,.{places}f}"


def document(results: Iterable[Result], verdicts: Iterable[Verdict]) -> str:
    """The same as JSON; a variant without figures has the key `refuses` with the reason."""
    content = {
        "inputs": {r.input: _input(r) for r in results},
        "budgets": [*map(_budget, verdicts)],
    }
    return json.dumps(content, indent=2) + "\n"


def _input(result: Result) -> dict[str, object]:
    variants = {name: _variant(result, name, outcome) for name, outcome in result.outcomes.items()}
    return {"shape": result.shape, "rounds": result.rounds, "variants": variants}


def _variant(result: Result, name: str, outcome: Outcome) -> dict[str, object]:
    if not isinstance(outcome, Figures):
        return {"refuses": outcome.reason}
    return {
        "wall_ms": round(outcome.wall_ms, 2),
        "x_empty": _rounded(result.times(name, EMPTY)),
        "x_protoc": _rounded(result.times(name, ALONE)),
        "peak_mb": _rounded(outcome.peak_mb),
        "files": outcome.files,
    }


def _budget(verdict: Verdict) -> dict[str, object]:
    budget = verdict.budget
    return {
        "input": budget.input,
        "variant": budget.variant,
        "measure": budget.measure,
        "limit": budget.limit,
        "value": _rounded(verdict.value),
        "held": verdict.held,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
