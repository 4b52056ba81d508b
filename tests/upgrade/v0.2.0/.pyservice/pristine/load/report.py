"""What came of the calls of each RPC: a table for the terminal, a page with plots, a verdict."""

import html
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import grpc

from tests.calls import End

_LATE = grpc.StatusCode.DEADLINE_EXCEEDED.name
_FAULTS = frozenset({"INTERNAL", "UNKNOWN", "UNAVAILABLE", "DATA_LOSS"})
_WIDTH, _HEIGHT = 640, 240


@dataclass(slots=True)
class Result:
    """All calls of one RPC."""

    rpc: str
    deadline: float | None
    """Seconds, as declared; None: nothing is."""
    took: float = 0.0
    seconds: list[float] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    is_unwritten: bool = False

    def add(self, seconds: float, end: End) -> None:
        """Take over one call."""
        self.is_unwritten = self.is_unwritten or end.is_unwritten
        self.seconds.append(seconds)
        # A stream that was left open has answered.
        self.codes[end.code.name if end.code is not None else "OK"] += 1

    def percentile(self, percent: float) -> float:
        """The seconds within which so many of a hundred calls ended."""
        ordered = sorted(self.seconds)
        return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)] if ordered else 0.0

    @property
    def rate(self) -> float:
        """Calls a second."""
        return len(self.seconds) / self.took if self.took else 0.0

    @property
    def is_good(self) -> bool:
        """Whether the deadline held and the service was never at fault."""
        faults = [code for code in self.codes if code in _FAULTS or code == _LATE]
        return self.is_unwritten or (self.holds is not False and not faults)

    @property
    def holds(self) -> bool | None:
        """Whether every call ended within the declared deadline; None where none is declared."""
        if self.deadline is None or not self.seconds:
            return None
        return _LATE not in self.codes and max(self.seconds) <= self.deadline

    @property
    def verdict(self) -> str:
        """In words."""
        if self.is_unwritten:
            return "not written yet"
        listed = ", ".join(f"{count} {code}" for code, count in self.codes.items() if code != "OK")
        if self.holds is None:
            held = "no deadline declared"
        else:
            held = f"deadline of {self.deadline:g} s {'held' if self.holds else 'BROKEN'}"
        return f"{held}; {listed}" if listed else held


def table(results: Sequence[Result]) -> str:
    """A line for each RPC; times in milliseconds."""
    width = max((len(result.rpc) for result in results), default=0)
    names = "".join(f" {name:>8}" for name in ("calls", "/s", "p50", "p90", "p99", "max"))
    head = f"{'RPC':<{width}}{names}  verdict"
    return "\n".join([head, *(_line(result, width) for result in results)])


def _line(result: Result, width: int) -> str:
    times = "".join(f" {result.percentile(p) * 1000:>8.2f}" for p in (50, 90, 99, 100))
    counts = f"{len(result.seconds):>8} {result.rate:>8.0f}"
    return f"{result.rpc:<{width}} {counts}{times}  {result.verdict}"


def page(results: Sequence[Result]) -> str:
    """An HTML page that needs nothing beside it."""
    style = "body{font:15px system-ui;margin:2em}svg{background:#f6f6f6}pre{overflow:auto}"
    body = "".join(
        f"<h2>{html.escape(r.rpc)}</h2><p>{html.escape(r.verdict)}</p>{plot(r)}" for r in results
    )
    text = html.escape(table(results))
    return (
        f"<!doctype html><meta charset=utf-8><title>Load</title><style>{style}</style>"
        f"<h1>Load</h1><pre>{text}</pre>{body}\n"
    )


def plot(result: Result) -> str:
    """Seconds by percentile, as SVG; the deadline is the red line."""
    points = [(p, result.percentile(p)) for p in (0, *range(5, 100, 5), 96, 97, 98, 99, 99.5, 100)]
    top = max([result.deadline or 0, *(seconds for _, seconds in points)]) * 1.1 or 1
    line = " ".join(f"{_x(p):.1f},{_y(seconds, top):.1f}" for p, seconds in points)
    marks = "".join(_mark(*label) for label in _labels(top))
    limit = ""
    if result.deadline is not None:
        y = _y(result.deadline, top)
        limit = f'<line x1="60" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#c00"/>'
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img">{marks}{limit}'
        f'<polyline points="{line}" fill="none" stroke="#06c" stroke-width="2"/></svg>'
    )


def _labels(top: float) -> Iterator[tuple[float, float, str]]:
    yield from ((_x(p), _HEIGHT - 4, f"p{p}") for p in (0, 25, 50, 75, 99))
    yield from (
        (2, _y(top * part, top), f"{top * part * 1000:.3g} ms") for part in (0.25, 0.5, 0.75)
    )


def _mark(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="12">{text}</text>'


def _x(percent: float) -> float:
    return 60 + (_WIDTH - 90) * percent / 100


def _y(seconds: float, top: float) -> float:
    return (_HEIGHT - 20) * (1 - seconds / top)
