"""The tests notice when an interceptor is missing; `make runtime-mutations` has it for every refusal too."""

import ast
from collections import Counter

import pytest

from tools import mutations
from tools.mutants import EQUIVALENT, Mutant, find
from tools.mutations import RUNTIME, TESTS, run_tests, survives

MUTANTS = find(RUNTIME)

MIN_REFUSALS = 40

SHOWN_BY = {
    "Tracing()": "test_telemetry.py::test_traces",
    "Metrics()": "test_telemetry.py::test_metrics",
    "AccessLog()": "test_telemetry.py::test_the_log_for_people",
    "Audit()": "test_telemetry.py::test_an_audit_event",
    "Deadline(settings)": "test_limits.py::test_time_limits",
    "TlsVersion(settings)": "test_callers.py::test_old_tls_is_refused",
    "Authentication(settings)": "test_tokens.py::test_a_good_token",
    "Authorization(settings)": "test_tokens.py::test_a_good_token",
    "RateLimit(settings)": "test_limits.py::test_rates",
    "ConcurrencyLimit(settings)": "test_limits.py::test_calls_at_once",
    "Validation()": "test_requests.py::test_what_is_required",
}
"""The interceptors in the chain of every call, each with a test that fails without it."""

DROPPED = [mutant for mutant in MUTANTS if mutant.kind == "drop"]


def test_every_interceptor_has_a_test() -> None:
    """In the order of the chain."""
    assert [mutant.text for mutant in DROPPED] == list(SHOWN_BY)


def test_these_tests_pass_where_nothing_is_missing() -> None:
    """On a copy without a change: else it would show nothing that they fail on the others."""
    chain = (RUNTIME / DROPPED[0].path).read_bytes()
    nothing = Mutant(DROPPED[0].path, 1, (), "drop", "", (0, 0), "")
    assert nothing.apply(chain) == chain
    assert survives(nothing, sorted({f"{TESTS}/{test}" for test in SHOWN_BY.values()}))


@pytest.mark.parametrize("mutant", DROPPED, ids=lambda mutant: mutant.text)
def test_a_missing_interceptor_is_noticed(mutant: Mutant) -> None:
    """Its test fails, and not for want of a test."""
    done = mutations.try_out(mutant, [f"{TESTS}/{SHOWN_BY[mutant.text]}"])
    assert done.returncode == 1, done.stdout
    assert " failed" in done.stdout


def test_refusals_are_found() -> None:
    """Many conditions, each turned round and never met, and each mutant is a program."""
    kinds = Counter(mutant.kind for mutant in MUTANTS)
    assert kinds["negate"] == kinds["never"] >= MIN_REFUSALS
    assert {mutant.path.partition("/")[0] for mutant in MUTANTS} == {
        "core",
        "settings",
        "jwt",
        "interceptors",
        "server",
    }
    for mutant in MUTANTS:
        source = (RUNTIME / mutant.path).read_bytes()
        changed = mutant.apply(source)
        ast.parse(changed)
        assert changed != source, str(mutant)


def test_exceptions_are_mutants() -> None:
    """Each equivalent mutant has a reason, and still exists."""
    texts = {(mutant.path, mutant.replacement) for mutant in MUTANTS}
    assert set(EQUIVALENT) <= texts
    assert all(EQUIVALENT.values())


def test_the_tree_is_left_alone() -> None:
    """A mutant is in a copy, which is what the tests run on."""
    before = {path: path.read_bytes() for path in RUNTIME.rglob("*.py")}
    mutant = Mutant("version.py", 1, (), "drop", "", (0, 0), "raise ImportError('this is the mutant')\n")
    done = mutations.try_out(mutant, [f"{TESTS}/test_core.py"])
    assert done.returncode != 0
    assert "this is the mutant" in done.stdout + done.stderr
    assert {path: path.read_bytes() for path in RUNTIME.rglob("*.py")} == before
    assert run_tests(RUNTIME.parent, [f"{TESTS}/test_core.py"]).returncode == 0
