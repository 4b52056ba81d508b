"""Few combinations of answers that have every two answers together at least once."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

Pair = tuple[tuple[str, str], tuple[str, str]]


def pairwise(answers: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """The combinations, always the same: each has as many pairs as can be had that none before it has."""
    missing = dict.fromkeys(_all_pairs(answers))
    rows: list[dict[str, str]] = []
    while missing:
        row = dict(next(iter(missing)))
        for name in answers:
            if name not in row:
                row[name] = max(answers[name], key=lambda value: len(_covered({**row, name: value}, missing)))
        row = {name: row[name] for name in answers}
        for pair in _covered(row, missing):
            del missing[pair]
        rows.append(row)
    return rows


def _all_pairs(answers: Mapping[str, Sequence[str]]) -> Iterator[Pair]:
    for one, two in combinations(answers, 2):
        yield from (((one, a), (two, b)) for a in answers[one] for b in answers[two])


def _covered(row: Mapping[str, str], pairs: Mapping[Pair, None]) -> list[Pair]:
    return [pair for pair in pairs if all(row.get(name) == value for name, value in pair)]
