"""The page that shows the table of faults."""

from pathlib import Path

from tests.client.test_faults import FAULTS

_PAGE = Path(__file__).parents[2] / "docs" / "faults.md"


def test_the_page_shows_every_fault() -> None:
    """Each that is tried is a row, in the same order, with the same counts."""
    rows = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in _PAGE.read_text().splitlines()]
    shown = [(row[0], row[1], row[2], row[3], row[6], row[7]) for row in rows if len(row) == 11 and row[2].isdigit()]
    expected = [
        (
            fault.name,
            fault.method,
            str(sum(fault.ends.values())),
            *(str(fault.ends.get(end, 0)) for end in ("OK", "CircuitOpen", "DeadlineExceeded")),
        )
        for fault in FAULTS
    ]
    assert shown[: len(expected)] == expected
    assert [row[0] for row in shown[len(expected) :]] == ["Envoy refuses half"] * 3 + ["Envoy holds half back"]


def test_the_page_names_tests_that_exist() -> None:
    """Each test that the page names exists."""
    words = _PAGE.read_text().split("`")
    named = [word.split("::") for word in words if "::" in word]
    assert len(named) > 4
    assert [test for file, test in named if f"def {test}(" not in Path(__file__).with_name(file).read_text()] == []
