"""The tests that a generated project has of its own."""

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.command import QUICK, Finished, run

_SLOW_PLUGINS = ("cacheprovider", "hypothesispytest", "xdist")
"""Of pytest; loading them takes about as long as the tests do, and hypothesis works without its own."""


def own_tests(project: Path, *arguments: str, env: Mapping[str, str] = QUICK, timeout: float = 180) -> Finished:
    """Run them in the project's folder; ``arguments`` are pytest's."""
    plugins = [f"-pno:{name}" for name in _SLOW_PLUGINS]
    command = [sys.executable, "-W", "error::SyntaxWarning", "-m", "pytest", "-q", *plugins, *arguments]
    return run(command, project, env, timeout=timeout)
