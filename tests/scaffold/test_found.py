"""A project whose handlers each have a bug: the tests that were generated with it find every one."""

import pytest

from .conftest import Outcome

FOUND = {
    "a crash on an empty string": ("EmptyString", "test_odd_values", "name = '': INTERNAL"),
    "a crash on an unknown enum value": ("UnknownEnum", "test_odd_values", "color = 10007: INTERNAL"),
    "a crash on a huge number": ("HugeNumber", "test_odd_values", "height = 9223372036854775807: INTERNAL"),
    "a coroutine handed out instead of its response": (
        "YieldsCoroutine",
        "test_odd_values",
        "a sensible request: INTERNAL",
    ),
    "an error that names a right field": (
        "WrongField",
        "test_odd_values",
        "height = -1: INVALID_ARGUMENT names name, and all that is odd is height",
    ),
    "an error that names no field at all": (
        "NoSuchField",
        "test_odd_values",
        "height = -1: INVALID_ARGUMENT names 'heigth', which Plant has not",
    ),
    "work that goes on without a caller": (
        "IgnoresCancellation",
        "test_cancellation",
        "ignores_cancellation still runs when its caller has gone",
    ),
    "a stream that nobody can end": (
        "EndlessStream",
        "test_cancellation",
        "endless_stream still runs when its caller has gone",
    ),
    "None for a response": ("ReturnsNone", "test_odd_values", "a sensible request: INTERNAL"),
}


@pytest.mark.parametrize("bug", FOUND)
def test_a_planted_bug_is_found(garden: Outcome, bug: str) -> None:
    """A test fails for the RPC with the bug, and says what was sent and what came of it."""
    rpc, test, words = FOUND[bug]
    assert words in garden.failure(test, rpc)


def test_a_missing_await_is_found(garden: Outcome) -> None:
    """No response tells of it: the run says which line made the coroutine, and fails."""
    assert "coroutine 'log' was never awaited" in garden.said
    assert "in missing_await" in garden.said
    assert "exit code 1" in garden.said


@pytest.mark.parametrize("rpc", ["EmptyString", "UnknownEnum", "HugeNumber", "NoSuchField", "ReturnsNone"])
def test_requests_at_random_find_it_too(garden: Outcome, rpc: str) -> None:
    """hypothesis finds most bugs by itself, and shows the request that it made as small as it could."""
    assert "ends_well(" in garden.failure("test_random_requests", rpc)


@pytest.mark.parametrize("rpc", ["Healthy", "Trickle", "Gather", "ForgetsRole", "MissingAwait"])
def test_what_is_right_is_left_alone(garden: Outcome, rpc: str) -> None:
    """No false alarm: validation, endless streams and errors that count a stream's requests are fine."""
    assert garden.failures(rpc) == set()


def test_the_traceback_stands_beside_the_finding(garden: Outcome) -> None:
    """Whoever reads that a call ended with INTERNAL finds the line that raised below it."""
    assert "IndexError: string index out of range" in garden.said
