"""The parts of the generator benchmark that calculate: ratios, budgets, the table and the JSON."""

import json
from collections.abc import Callable

import pytest

from benchmarks import budgets, generator, report, trade
from benchmarks.measure import interleave
from benchmarks.results import Figures, Outcome, Refusal, Result
from benchmarks.variants import AGAIN, ALONE, EMPTY, FIRST, VARIANTS


def small(first: Outcome, again: Outcome | None = None) -> Result:
    """A result on the small input in which protoc takes 50 ms and an empty plugin 100 ms."""
    outcomes: dict[str, Outcome] = {
        ALONE: Figures(50.0, None, 1),
        EMPTY: Figures(100.0, 16.0, 0),
        FIRST: first,
        AGAIN: again or Figures(120.0, 40.0, 50),
    }
    return Result("small", "1 service", 15, outcomes)


def verdict(result: Result, variant: str, measure: str) -> budgets.Verdict:
    """The one verdict on `variant` that is about `measure`."""
    (found,) = (v for v in budgets.judge([result]) if (v.budget.variant, v.budget.measure) == (variant, measure))
    return found


def test_a_ratio_is_the_quotient_of_two_medians() -> None:
    """150 ms are 1.5 times an empty plugin of 100 ms and 3 times a protoc of 50 ms."""
    result = small(Figures(150.0, 40.0, 50))
    assert (result.times(FIRST, EMPTY), result.times(FIRST, ALONE)) == (1.5, 3.0)


def test_a_budget_is_held_up_to_its_limit_and_no_further() -> None:
    """180 ms over an empty plugin of 100 ms is within the small budget of 1.8, 181 ms is not."""
    assert verdict(small(Figures(180.0, 40.0, 50)), FIRST, "x_empty").held
    assert not verdict(small(Figures(181.0, 40.0, 50)), FIRST, "x_empty").held


def test_memory_has_its_own_budget() -> None:
    """61 MB break the small budget of 60 MB, however fast the run was."""
    result = small(Figures(101.0, 61.0, 50))
    assert verdict(result, FIRST, "x_empty").held
    assert not verdict(result, FIRST, "peak_mb").held


def test_a_refusal_holds_no_budget() -> None:
    """What could not be measured is not within its budget, and the sentence says why."""
    found = verdict(small(Refusal("not installed")), FIRST, "x_empty")
    assert not found.held
    assert "could not be measured" in budgets.sentence(found)


def test_only_a_first_generation_fails_the_benchmark() -> None:
    """A regeneration over its budget is reported and does not fail; a first generation does."""
    slow, quick = Figures(900.0, 40.0, 50), Figures(110.0, 40.0, 50)
    assert not any(v.fails for v in budgets.judge([small(quick, again=slow)]))
    assert any(v.fails for v in budgets.judge([small(slow, again=quick)]))


def test_inputs_that_were_not_measured_have_no_verdict() -> None:
    """A run over the small input alone says nothing about the medium and the large one."""
    judged = budgets.judge([small(Figures(150.0, 40.0, 50))])
    assert {v.budget.input for v in judged} == {"small"}


def test_the_table_says_refuses_and_gives_the_reason() -> None:
    """A variant without figures keeps its row, and its reason is below the table."""
    result = small(Refusal("TypeError: no such thing"))
    text = report.text([result], budgets.judge([result]))
    row = next(line for line in text.splitlines() if line.startswith(FIRST))
    assert "refuses" in row
    assert f"{FIRST}: TypeError: no such thing" in text


def test_the_table_shows_time_ratios_and_memory() -> None:
    """One row reads: 150 ms, 1.5 x empty, 3 x protoc, 40 MB, 50 files."""
    result = small(Figures(150.0, 40.0, 50))
    text = report.text([result], budgets.judge([result]))
    row = next(line for line in text.splitlines() if line.startswith(FIRST))
    assert row.removeprefix(FIRST).split() == ["150.0", "1.50", "3.00", "40.0", "50"]


def test_the_document_holds_the_figures_and_the_budgets() -> None:
    """Programs find the same numbers under inputs/variants and one entry per budget."""
    result = small(Figures(150.0, 40.0, 50))
    content = json.loads(report.document([result], budgets.judge([result])))
    assert content["inputs"]["small"]["variants"][FIRST] == {
        "wall_ms": 150.0,
        "x_empty": 1.5,
        "x_protoc": 3.0,
        "peak_mb": 40.0,
        "files": 50,
    }
    assert {
        "input": "small",
        "variant": FIRST,
        "measure": "x_empty",
        "limit": 1.8,
        "value": 1.5,
        "held": True,
    } in content["budgets"]


def test_the_document_gives_the_reason_of_a_refusal() -> None:
    """A variant without figures has the key `refuses` and no numbers."""
    result = small(Refusal("not installed"))
    content = json.loads(report.document([result], budgets.judge([result])))
    assert content["inputs"]["small"]["variants"][FIRST] == {"refuses": "not installed"}


def test_trials_take_turns_and_the_median_counts() -> None:
    """Two trials over three rounds run a b a b a b; one slow run does not move the median."""
    seen: list[str] = []
    seconds = {"a": iter([1.0, 9.0, 2.0]), "b": iter([5.0, 5.0, 5.0])}

    def trial(name: str) -> Callable[[], float]:
        def run() -> float:
            seen.append(name)
            return next(seconds[name])

        return run

    assert interleave({"a": trial("a"), "b": trial("b")}, 3) == {"a": 2.0, "b": 5.0}
    assert "".join(seen) == "ababab"


def test_every_ratio_has_its_base_among_the_variants() -> None:
    """The two variants that ratios refer to are measured, and no two rows have one name."""
    names = [variant.name for variant in VARIANTS]
    assert {ALONE, EMPTY} <= set(names)
    assert len(names) == len(set(names))


def test_the_medium_input_is_as_large_as_it_says() -> None:
    """Ten files together declare 10 services, 100 RPCs and 60 messages."""
    texts = [trade.proto_text(number, noun) for number, noun in enumerate(trade.NOUNS)]
    parts = ("\nservice ", "\n  rpc ", "\nmessage ")
    assert [sum(text.count(part) for text in texts) for part in parts] == [10, 100, 60]


def test_no_two_messages_of_the_medium_input_are_alike() -> None:
    """Ten nouns give ten different sets of fields, so no generator gains from repetition."""
    bodies = {
        trade.proto_text(number, noun).replace(noun, "X").replace(noun.lower(), "x")
        for number, noun in enumerate(trade.NOUNS)
    }
    assert len(bodies) == len(trade.NOUNS)


@pytest.mark.parametrize("words", [["--inputs", "tiny"], ["--rounds", "0"], ["--rounds", "x"]])
def test_a_wrong_option_stops_before_anything_runs(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown input or a senseless number of rounds ends with the usage and exit code 2."""
    with pytest.raises(SystemExit, match="2"):
        generator.main(words)
    assert words[1] in capsys.readouterr().err
