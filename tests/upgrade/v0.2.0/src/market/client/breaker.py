"""A circuit breaker: a method that keeps failing is left alone for a while, and then tried.

Closed, calls pass and are counted. When too many failed, the circuit opens: calls fail at once,
which costs neither their caller nor the struggling service anything. After a pause it is half open:
few calls probe the service; the first that succeeds closes it, one that fails opens it again.

Only what says that the service is in trouble counts as a failure: NOT_FOUND is an answer.
"""

import enum
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import grpc

from ..errors import Unavailable

_LOG = logging.getLogger(__name__)

_FAILURES = frozenset(
    {
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DATA_LOSS,
    }
)


class State(enum.Enum):
    """What becomes of a call."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a circuit opens, and for how long."""

    calls: int = 20
    """So many calls within the window are needed before anything is concluded."""
    ratio: float = 0.5
    """The part of them that has to fail."""
    window: float = 10.0
    """Seconds after which counting starts over."""
    pause: float = 5.0
    """Seconds until an open circuit is probed; up to a tenth longer: not all at once."""
    probes: int = 1
    """Calls that pass at a time while it is half open."""
    failures: frozenset[grpc.StatusCode] = _FAILURES
    """The statuses that count as failures."""


class Change(NamedTuple):
    """A circuit has changed."""

    target: str
    rpc: str
    before: State
    after: State


Listener: TypeAlias = Callable[[Change], None]
"""Called on the client's loop; must not block."""


class CircuitOpen(Unavailable):
    """The call was not made: too many before it failed. ``retry_after`` says when one may be."""


class Breaker:
    """The circuit of one method of one target. Times are those of the caller's monotonic clock."""

    __slots__ = (
        "_calls",
        "_failed",
        "_listeners",
        "_policy",
        "_probing",
        "_rpc",
        "_target",
        "_until",
        "_window_ends",
        "state",
    )

    def __init__(
        self,
        target: str,
        rpc: str,
        policy: BreakerPolicy,
        listeners: tuple[Listener, ...],
    ) -> None:
        self._target, self._rpc = target, rpc
        self._policy = policy
        self._listeners = listeners
        self.state = State.CLOSED
        self._calls = self._failed = self._probing = 0
        self._window_ends = self._until = 0.0

    def enter(self, now: float) -> bool:
        """Let a call pass; true if it is a probe, as `leave` has to know. Raises CircuitOpen."""
        if self.state is State.CLOSED:
            return False
        if self.state is State.OPEN and now >= self._until:
            self._become(State.HALF_OPEN)
        if self.state is State.OPEN or self._probing >= self._policy.probes:
            raise self._refusal(now)
        self._probing += 1
        return True

    def leave(self, code: grpc.StatusCode, now: float, probe: bool) -> None:
        """A call that was let pass has ended; one that its caller cancelled tells nothing."""
        if probe:
            self._probing -= 1
        if code is grpc.StatusCode.CANCELLED:
            return
        failed = code in self._policy.failures
        if self.state is State.CLOSED:
            self._count(failed, now)
        elif probe and self.state is State.HALF_OPEN:
            if failed:
                self._open(now)
            else:
                self._calls = self._failed = 0
                self._become(State.CLOSED)

    def _count(self, failed: bool, now: float) -> None:
        if now >= self._window_ends:
            self._window_ends = now + self._policy.window
            self._calls = self._failed = 0
        self._calls += 1
        if failed:
            self._failed += 1
            enough = self._calls >= self._policy.calls
            if enough and self._failed >= self._policy.ratio * self._calls:
                self._open(now)

    def _open(self, now: float) -> None:
        self._until = now + self._policy.pause * random.uniform(1, 1.1)
        self._become(State.OPEN)

    def _become(self, state: State) -> None:
        change = Change(self._target, self._rpc, self.state, state)
        self.state = state
        about = {"target": self._target, "rpc": self._rpc, "circuit": state.value}
        _LOG.warning("circuit of %s at %s: %s", self._rpc, self._target, state.value, extra=about)
        for listener in self._listeners:
            try:
                listener(change)
            except Exception:
                _LOG.exception("a listener of a circuit failed")

    def _refusal(self, now: float) -> CircuitOpen:
        wait = max(self._until - now, 0.0)
        message = f"{self._rpc} of {self._target} keeps failing and is not called for {wait:.1f} s"
        error = CircuitOpen(message, retry_after=wait)
        error.rpc = self._rpc
        return error
