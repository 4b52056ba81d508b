"""Whether a message is fine, and no more, in as few steps as Python can do it.

What is wrong with it others find out: most messages are fine, and this runs for all of them.
"""

from collections.abc import Callable, Iterable
from typing import Any

Test = Callable[[Any], bool]
"""Whether a message, or a value, is fine."""


class Quick:
    """Tests of one message. They may say no to one that is fine, never yes to one that is not."""

    __slots__ = ("lengths", "others", "values")

    def __init__(self) -> None:
        self.values: list[tuple[str, int, int]] = []
        """Fields, with the least and the most that they may be."""
        self.lengths: list[tuple[str, int, int]] = []
        """Fields, with the least and the most that they may have."""
        self.others: list[Test] = []
        """Of the whole message."""

    @classmethod
    def joined(cls, parts: Iterable["Quick"]) -> "Quick":
        """All tests in one; a field is looked at once."""
        whole = cls()
        for part in parts:
            whole.values = _narrowed(whole.values, part.values)
            whole.lengths = _narrowed(whole.lengths, part.lengths)
            whole.others += part.others
        return whole

    def is_fine(self, message: Any) -> bool:
        """Whether it passes every test."""
        for name, least, most in self.lengths:
            if not least <= len(getattr(message, name)) <= most:
                return False
        for name, least, most in self.values:
            if not least <= getattr(message, name) <= most:
                return False
        for test in self.others:  # noqa: SIM110 - all() would cost twice as much
            if not test(message):
                return False
        return True


def _narrowed(
    limits: list[tuple[str, int, int]], more: list[tuple[str, int, int]]
) -> list[tuple[str, int, int]]:
    """Limits of fields with more of them: of two for the same field what both allow."""
    found = {name: (least, most) for name, least, most in limits}
    for name, least, most in more:
        low, high = found.get(name, (least, most))
        found[name] = max(low, least), min(high, most)
    return [(name, least, most) for name, (least, most) in found.items()]
