"""The table of faults: what a caller sees of each, with counts."""

from dataclasses import dataclass
from pathlib import Path

from tests.client.outcomes import Outcome

PATH = Path(__file__).parents[2] / "build" / "client-faults.md"

_HEAD = (
    "fault",
    "method",
    "calls",
    "answered",
    "retried",
    "failed at once",
    "circuit open",
    "at the deadline",
    "kept within 50 ms",
    "latest",
    "latest bare stub",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One fault, and what came of the calls."""

    fault: str
    method: str
    outcome: Outcome

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of the row, one for each column."""
        ends = self.outcome.ends
        answered, refused, late = ends["OK"], ends["CircuitOpen"], ends["DeadlineExceeded"]
        made, attempts = self.outcome.calls - refused, self.outcome.attempts
        judged = self.outcome.overruns
        return (
            self.fault,
            f"`{self.method}`",
            str(self.outcome.calls),
            str(answered),
            "" if attempts is None else str(max(attempts - made, 0)),
            str(made - answered - late),
            str(refused),
            str(late),
            f"{self.outcome.kept} of {len(judged)}",
            _ms(max(judged, default=0)),
            _ms(max(self.outcome.others)) if self.outcome.others else "",
        )


class Table:
    """The rows of one run."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(self, fault: str, method: str, outcome: Outcome) -> None:
        """Add a row, and print it."""
        row = Row(fault, method, outcome)
        self.rows.append(row)
        print(f"\n{_line(_HEAD)}\n{_line(row.cells)}")

    def __str__(self) -> str:
        rule = ["---"] * 2 + ["---:"] * (len(_HEAD) - 2)
        return "\n".join([_line(_HEAD), _line(rule), *(_line(row.cells) for row in self.rows), ""])


def _line(cells: "tuple[str, ...] | list[str]") -> str:
    return f"| {' | '.join(cells)} |"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
