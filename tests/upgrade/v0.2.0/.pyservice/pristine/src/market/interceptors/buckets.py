"""How often a caller may call: a bucket for each, which every call takes from and time fills again."""

import math
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

_MOST = 20_000
"""Buckets kept at once, some 6 MB. Those used longest ago are forgotten first, half of all together:
they are the likeliest to be full, and a bucket that nobody knows is full."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Calls that each caller may make; times are in microseconds."""

    name: str
    """The method that it is for; empty: all methods that have none of their own."""
    rate: float
    """Calls a second."""
    each: int
    """The time that one call takes out of a bucket."""
    ahead: int
    """The time that may be missing in a bucket for one more call to be allowed."""

    @classmethod
    def of(cls, name: str, rate: float, burst: float | None) -> "Limit":
        """``burst`` calls may come at once; without it as many as in a second, but one at least."""
        each = max(1, round(1_000_000 / rate))
        # Whole numbers: what is rounded here would be a call too few when a burst arrives.
        return cls(name, rate, each, math.ceil(((burst or max(1.0, rate)) - 1) * each))


class Buckets(Protocol):
    """Where buckets are kept."""

    def take(self, limit: Limit, caller: str) -> int | Awaitable[int]:
        """Take a call out of a caller's bucket: 0, or the microseconds until there is one.

        Raises a StatusError if nobody can tell.
        """

    async def open(self) -> None:
        """Get hold of what it takes to keep them."""

    async def close(self) -> None:
        """Let go of that."""


class OwnBuckets:
    """Buckets in the memory of this process, which limits what this process serves."""

    def __init__(self) -> None:
        # A bucket is a number: the time at which it will be full.
        self._recent: dict[tuple[str, str], int] = {}
        self._older: dict[tuple[str, str], int] = {}

    def take(self, limit: Limit, caller: str) -> int:
        """Take a call; refused ones cost nothing, so that a caller who hurries is not shut out."""
        now = time.monotonic_ns() // 1000
        key = (limit.name, caller)
        full = self._recent.get(key)
        if full is None:
            full = self._bring(key)
        if full > now:
            if full - now > limit.ahead:
                return full - now - limit.ahead
            self._recent[key] = full + limit.each
        else:
            self._recent[key] = now + limit.each
        return 0

    def _bring(self, key: tuple[str, str]) -> int:
        """A bucket that is not among the recent ones; makes room for it, without looking at all others."""
        full = self._older.pop(key, 0)
        if len(self._recent) >= _MOST // 2:
            self._older, self._recent = self._recent, {}
        self._recent[key] = full
        return full

    async def open(self) -> None:
        """Nothing to get hold of."""

    async def close(self) -> None:
        """Nothing to let go of."""
