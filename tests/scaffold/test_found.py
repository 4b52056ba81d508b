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
        "a valid request: INTERNAL",
    ),
    "an error that names a right field": (
        "WrongField",
        "test_odd_values",
        "height = -1: INVALID_ARGUMENT names name, but only height is odd",
    ),
    "an error that names no field at all": (
        "NoSuchField",
        "test_odd_values",
        "height = -1: INVALID_ARGUMENT names 'heigth', not a field of Plant",
    ),
    "work that goes on without a caller": (
        "IgnoresCancellation",
        "test_cancellation",
        "ignores_cancellation still runs a second after its call was cancelled",
    ),
    "a stream that cannot be cancelled": (
        "EndlessStream",
        "test_cancellation",
        "endless_stream still runs a second after its call was cancelled",
    ),
    "None for a response": ("ReturnsNone", "test_odd_values", "a valid request: INTERNAL"),
}


@pytest.mark.parametrize("bug", FOUND)
def test_a_planted_bug_is_found(faulty_service: Outcome, bug: str) -> None:
    """A test fails for the RPC with the bug, and says what was sent and what came of it."""
    rpc, test, words = FOUND[bug]
    assert words in faulty_service.failure(test, rpc)


def test_a_missing_await_is_found(faulty_service: Outcome) -> None:
    """No response tells of it: the run says which line made the coroutine, and fails."""
    assert "coroutine 'log' was never awaited" in faulty_service.said
    assert "in missing_await" in faulty_service.said
    assert "exit code 1" in faulty_service.said


@pytest.mark.parametrize("rpc", ["EmptyString", "UnknownEnum", "HugeNumber", "NoSuchField", "ReturnsNone"])
def test_requests_at_random_find_it_too(faulty_service: Outcome, rpc: str) -> None:
    """hypothesis finds most bugs by itself, and shows the request that it made as small as it could."""
    assert "check(" in faulty_service.failure("test_random_requests", rpc)


@pytest.mark.parametrize("rpc", ["Healthy", "Trickle", "Gather", "ForgetsRole", "MissingAwait"])
def test_what_is_right_is_left_alone(faulty_service: Outcome, rpc: str) -> None:
    """Correct handlers have no findings: validation, endless streams, errors that count requests."""
    assert faulty_service.failures(rpc) == set()


def test_the_traceback_is_below_the_finding(faulty_service: Outcome) -> None:
    """A finding of INTERNAL is followed by the traceback of the handler."""
    assert "IndexError: string index out of range" in faulty_service.said
