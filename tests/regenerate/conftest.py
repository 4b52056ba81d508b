"""How many sequences of edits are tried."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --sequences, known where this folder is named on the command line."""
    parser.addoption("--sequences", type=int, default=None, help="try that many random sequences of edits")
