"""What of a generated package its tests have run, as coverage left it in a project."""

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ARGUMENTS = ("--cov", "--cov-report=json:build/coverage.json")
"""What makes pytest leave it there."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The lines that were run, and those that were not."""

    percent: float
    left_out: dict[str, frozenset[int]]
    """Lines by their file, below the project."""
    refusals: tuple[str, ...]
    """Lines of interceptors/ that refuse something and were never run: ``limits.py:59``."""


def reached(project: Path) -> Reached:
    """Read what pytest left in a project."""
    found: dict[str, Any] = json.loads((project / "build" / "coverage.json").read_text())
    left_out = {file: frozenset(lines["missing_lines"]) for file, lines in found["files"].items()}
    refusals = (
        f"{file}:{line}"
        for file, lines in sorted(left_out.items())
        if "/interceptors/" in file
        for line in sorted(lines & raising(project / file))
    )
    return Reached(found["totals"]["percent_covered"], left_out, tuple(refusals))


def raising(file: Path) -> frozenset[int]:
    """The lines of a module on which a statement begins that raises."""
    nodes = ast.walk(ast.parse(file.read_text()))
    return frozenset(node.lineno for node in nodes if isinstance(node, ast.Raise))
