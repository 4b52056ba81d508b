"""mypy over generated projects, one after the other: most of what they import is the same."""

from collections.abc import Callable
from pathlib import Path

from tests.support.command import Finished, run
from tests.support.sharing import locked

Typed = Callable[[Path], Finished]
"""Runs mypy in a project, as the user does."""


def typed(shared: Path) -> Typed:
    """Keeps what mypy knows of installed packages in ``shared``, which takes it far longer than a project."""

    def check(project: Path) -> Finished:
        with locked(shared, "mypy"):
            return run(["mypy", "--cache-dir", shared / "mypy"], project, timeout=600)

    return check
