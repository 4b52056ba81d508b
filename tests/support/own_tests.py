"""The tests that a generated project has of its own."""

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.command import QUICK, Finished, run

_NOT_LOADED = ("cacheprovider", "hypothesispytest", "xdist")
"""Plugins of pytest: one leaves files behind, and hypothesis, which works without its own, takes as long as the tests."""


def own_tests(project: Path, *arguments: str, env: Mapping[str, str] = QUICK, timeout: float = 180) -> Finished:
    """Run them in the project's folder; ``arguments`` are pytest's."""
    plugins = [f"-pno:{name}" for name in _NOT_LOADED]
    command = [sys.executable, "-W", "error::SyntaxWarning", "-m", "pytest", "-q", *plugins, *arguments]
    return run(command, project, env, timeout=timeout)
