"""What of a package its tests have run, as coverage left it in a project."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ARGUMENTS = ("--cov", "--cov-report=json:build/coverage.json")
"""What makes pytest leave it there."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How much was run, and the lines that were not."""

    percent: float
    left_out: dict[str, frozenset[int]]
    """Lines by their file, below the project."""


def reached(project: Path) -> Reached:
    """Read what pytest left in a project."""
    found: dict[str, Any] = json.loads((project / "build" / "coverage.json").read_text())
    left_out = {file: frozenset(lines["missing_lines"]) for file, lines in found["files"].items()}
    return Reached(found["totals"]["percent_covered"], left_out)
