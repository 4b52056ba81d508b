"""Whether a message is fine, and no more, in as few steps as Python can do it.

What is wrong with it others find out: most messages are fine, and this runs for all of them.
"""

from collections.abc import Callable, Container, Iterable
from typing import Any

Test = Callable[[Any], bool]
"""Whether a message, or a value, is fine."""


class Quick:
    """Tests of one message. They may say no to one that is fine, never yes to one that is not."""

    __slots__ = ("lengths", "others", "values")

    def __init__(self) -> None:
        self.values: list[tuple[str, Container[Any]]] = []
        """Fields, and what is allowed in them."""
        self.lengths: list[tuple[str, Container[int]]] = []
        """Fields, and how long they may be."""
        self.others: list[Test] = []
        """Of the whole message."""

    @classmethod
    def joined(cls, parts: Iterable["Quick"]) -> "Quick":
        """All tests in one."""
        whole = cls()
        for part in parts:
            whole.values += part.values
            whole.lengths += part.lengths
            whole.others += part.others
        return whole

    def is_fine(self, message: Any) -> bool:
        """Whether it passes every test."""
        for name, allowed in self.lengths:
            if len(getattr(message, name)) not in allowed:
                return False
        for name, values in self.values:
            if getattr(message, name) not in values:
                return False
        for test in self.others:  # noqa: SIM110 - all() would cost twice as much
            if not test(message):
                return False
        return True
