"""What calls come to, and whether their deadlines held, beside a bare stub's on the same machine."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

KEPT = 0.05
"""Seconds by which a call may overrun its deadline."""

_PUNCTUAL = 0.025
"""Seconds by which the bare stub and a timer beside it may do so, for the call to be judged."""

AT_ONCE = 10

TRIALS = 3
"""How often a fault is tried before its deadlines count as missed, or the machine as too busy to tell."""

Call = Callable[[], Awaitable[Any]]


@dataclass(slots=True)
class Outcome:
    """How calls have ended."""

    ends: Counter[str] = field(default_factory=Counter)
    attempts: int | None = None
    """How many were sent, where that is certain."""
    overruns: list[float] = field(default_factory=list)
    """Seconds behind the deadline, of each call that can be judged."""
    others: list[float] = field(default_factory=list)
    """The same of the bare stub, and of a timer."""
    refusals: list[float] = field(default_factory=list)
    """Seconds that each refusal of the circuit took."""

    @property
    def calls(self) -> int:
        """How many there were."""
        return self.ends.total()

    @property
    def kept(self) -> int:
        """How many of those that can be judged have ended in time."""
        return sum(overrun <= KEPT for overrun in self.overruns)

    @property
    def certain(self) -> bool:
        """Whether all deadlines that can be judged held, and enough of them can be."""
        return self.kept == len(self.overruns) >= self.calls / 2

    @property
    def refusal(self) -> float:
        """Seconds that a refusal took: the median, since a machine may take its time for any one of them."""
        return median(self.refusals) if self.refusals else 0.0

    async def take(self, call: Call, timeout: float, bare: Call | None = None, number: int = 1) -> None:
        """Make some calls at once, and around them some of a bare stub with the same deadline, and timers.

        What those overrun their deadline by is grpc's doing and the generator's. Where it is much,
        nothing can be said about the calls between them.
        """
        ahead, behind = [[_overrun(other, timeout) for other in _others(bare, timeout)] for _ in range(2)]
        mine = [self._one(call, timeout) for _ in range(number)]
        took = await asyncio.gather(*ahead, *mine, *behind)
        others = took[: len(ahead)] + took[len(took) - len(behind) :]
        self.others += others
        if max(others, default=0) <= _PUNCTUAL:
            self.overruns += took[len(ahead) : len(took) - len(behind)]

    async def _one(self, call: Call, timeout: float) -> float:
        started = time.perf_counter()
        end = type(await _settled(call())).__name__
        took = time.perf_counter() - started
        # A stream of responses that ended well has none to show.
        self.ends["OK" if end in ("Receipt", "NoneType") else end] += 1
        if end == "CircuitOpen":
            self.refusals.append(took)
        return max(took - timeout, 0.0)


def _others(bare: Call | None, timeout: float) -> list[Awaitable[Any]]:
    return [] if bare is None else [asyncio.sleep(timeout), bare(), bare()]


async def _settled(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except Exception as error:
        return error


async def _overrun(call: Awaitable[Any], timeout: float) -> float:
    started = time.perf_counter()
    await _settled(call)
    return max(time.perf_counter() - started - timeout, 0.0)
