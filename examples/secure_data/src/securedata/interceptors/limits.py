"""No caller takes more than its share, and the server never takes on more than it can carry."""

import time
from collections import OrderedDict

import grpc

from ..errors import ResourceExhausted
from ..gen.registry import Method
from ..settings import Settings
from .call import Call, Steps

_MOST_CALLERS = 10_000
"""Buckets kept at once; the caller seen longest ago is forgotten first, and starts full again."""


class Concurrency:
    """At most MAX_CONCURRENT_RPCS calls in progress; health checks are not among them."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.max_concurrent_rpcs
        self._running = 0

    def steps(self, method: Method) -> Steps:
        """One count for all methods."""
        return Steps(self._before, None, self._after) if self._most else Steps()

    def _before(self, call: Call) -> None:
        if self._running >= self._most:
            raise ResourceExhausted("the server is busy", retry_after=1)
        self._running += 1

    def _after(self, call: Call, code: grpc.StatusCode) -> None:
        self._running -= 1


class RateLimit:
    """At most RATE_LIMIT calls a second from each principal, or address where nobody is known.

    A token bucket: who was quiet may make RATE_LIMIT_BURST calls at once.
    """

    def __init__(self, settings: Settings) -> None:
        self._rate = settings.rate_limit
        self._burst = settings.rate_limit_burst or max(1.0, settings.rate_limit)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def steps(self, method: Method) -> Steps:
        """One bucket a caller, for all methods."""
        return Steps(self._before) if self._rate else Steps()

    def _before(self, call: Call) -> None:
        wait = self._take(call.principal.subject or _address(call.context.peer()))
        if wait > 0:
            raise ResourceExhausted(f"{self._rate:g} calls a second are allowed", retry_after=wait)

    def _take(self, caller: str) -> float:
        """Take a token; returns 0, or the seconds until there is one."""
        now = time.monotonic()
        tokens, then = self._buckets.pop(caller, (self._burst, now))
        tokens = min(self._burst, tokens + (now - then) * self._rate)
        allowed = tokens >= 1
        self._buckets[caller] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)
        return 0 if allowed else (1 - tokens) / self._rate


def _address(peer: str) -> str:
    """The peer without its port: a new connection is not a new caller."""
    return peer.rpartition(":")[0]
