"""The simple rules that are checked without protovalidate: never more lenient than protovalidate."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import protovalidate
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.server import harness

NUMBERS = st.one_of(st.integers(-7, 12), st.sampled_from([-(2**31), 2**31 - 1]))
REALS = st.sampled_from([0.0, -0.0, 0.5, 1.0, 1.5, 2.0, -1.0, float("nan"), float("inf"), float("-inf")])
TEXTS = st.text("ab\N{GRINNING FACE}", max_size=4)

FIELDS = st.fixed_dictionaries(
    {
        "between": NUMBERS,
        "real": REALS,
        "one_of": REALS,
        "text": TEXTS,
        "constant": st.sampled_from(["ab", "ab", "ba"]),
        "raw": st.binary(max_size=3),
        "items": st.lists(st.just(1), max_size=3),
        "pairs": st.dictionaries(TEXTS, st.just(1), max_size=2),
        "at_least": NUMBERS,
    },
    optional={"small": st.integers(0, 12), "exact": TEXTS},
)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project whose messages have rules, importable as ``rules``."""
    folder = tmp_path_factory.mktemp("rules") / "project"
    finished = harness.generate("rules.proto", folder)
    assert finished.returncode == 0, finished.said
    sys.path.insert(0, str(folder / "src"))
    yield folder
    sys.path.remove(str(folder / "src"))


def fast_path_and_class(message: str) -> Any:
    """The fast path of a message, and its class."""
    made = getattr(importlib.import_module("rules.gen.rules_pb2"), message)
    compiler = importlib.import_module("rules.runtime.interceptors.validation.rule_compiler")
    fast_path = compiler.compile_fast_path(made.DESCRIPTOR)
    return fast_path and fast_path.accepts, made


@pytest.mark.usefixtures("rules")
def test_it_agrees_with_protovalidate() -> None:
    """Whatever the values, both say yes or both say no."""
    fast_path, made = fast_path_and_class("Simple")
    seen = set()

    @given(FIELDS)
    @example({"text": "ab", "constant": "ab", "items": [1]})
    @settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    def agree(fields: dict[str, Any]) -> None:
        message = made(**fields)
        fine = not protovalidate.collect_violations(message)
        assert fast_path(message) == fine, fields
        seen.add(fine)

    agree()
    assert seen == {True, False}


@pytest.mark.parametrize(
    "message",
    [
        pytest.param("Hole", id="bounds the wrong way round leave a hole"),
        pytest.param("Pattern", id="a pattern"),
        pytest.param("Excluded", id="values that are excluded"),
        pytest.param("Needed", id="required"),
        pytest.param("Ignored", id="rules that are sometimes ignored"),
        pytest.param("Wrapped", id="a value inside a wrapper"),
        pytest.param("Items", id="rules of each item"),
        pytest.param("Own", id="an expression of the message"),
        pytest.param("Choice", id="a oneof that has to be set"),
        pytest.param("Enumerated", id="the values of an enum"),
    ],
)
@pytest.mark.usefixtures("rules")
def test_what_is_not_simple_is_left_to_protovalidate(message: str) -> None:
    """There is no fast path for other rules."""
    assert fast_path_and_class(message)[0] is None
