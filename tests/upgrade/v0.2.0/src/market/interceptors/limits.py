"""No caller takes more than its share, and the server never takes on more than it can carry."""

import math
from collections.abc import Awaitable
from typing import NoReturn

from ..environment import SettingsError
from ..errors import ResourceExhausted
from ..gen.registry import Method
from ..settings import Settings
from .buckets import Buckets, Limit, OwnBuckets
from .call import Call, Steps

_ALL = "all methods"


class RateLimit:
    """At most so many calls a second from each principal, or address where nobody is known.

    A method that declares a rate has buckets of its own; all others share those of RATE_LIMIT.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError if RATE_LIMIT_REDIS_URL cannot be used."""
        self._general: Limit | None = None
        if settings.rate_limit:
            self._general = Limit.of("", settings.rate_limit, settings.rate_limit_burst)
        self._buckets = _buckets(settings)

    def steps(self, method: Method) -> Steps:
        """Nothing where neither the method nor the settings have a limit."""
        policy = method.policy
        limit = self._general
        if policy.rate is not None:
            limit = Limit.of(method.path[1:], policy.rate, policy.burst)
        return Steps(_Take(self._buckets, limit)) if limit else Steps()

    async def open(self) -> None:
        """Get ready to be asked."""
        await self._buckets.open()

    async def close(self) -> None:
        """Let go of the buckets."""
        await self._buckets.close()


class _Take:
    """The step of the methods of one limit."""

    def __init__(self, buckets: Buckets, limit: Limit) -> None:
        self._take = buckets.take
        self._limit = limit

    def __call__(self, call: Call) -> Awaitable[None] | None:
        caller = call.principal.subject or _address(call.peer)
        wait = self._take(self._limit, caller)
        if not isinstance(wait, int):
            return self._later(wait)
        if wait:
            self._refuse(wait)
        return None

    async def _later(self, asked: Awaitable[int]) -> None:
        wait = await asked
        if wait:
            self._refuse(wait)

    def _refuse(self, wait: int) -> NoReturn:
        name, rate = self._limit.name or _ALL, self._limit.rate
        message = f"calls of {name} are limited to {rate:g} a second"
        raise ResourceExhausted(message, retry_after=wait / 1_000_000, quota=name)


class Concurrency:
    """At most so many calls in progress: of a method what it declares, of all MAX_CONCURRENT_RPCS.

    Health checks are not among them.
    """

    def __init__(self, settings: Settings) -> None:
        most = settings.max_concurrent_rpcs
        self._all = _Room(most or math.inf, _ALL, "the server is busy")

    def steps(self, method: Method) -> Steps:
        """Nothing where neither the method nor the settings have a number."""
        most, name = method.policy.concurrency, method.path[1:]
        if most is not None:
            own = _Room(most, name, f"calls of {name} are limited to {most} at once")
            return _steps(own, self._all)
        return _steps(_Room(math.inf), self._all) if self._all.most < math.inf else Steps()


class _Room:
    """Counts calls in progress; a stream is one as long as it runs."""

    __slots__ = ("message", "most", "name", "running")

    def __init__(self, most: float, name: str = "", message: str = "") -> None:
        self.most = most
        self.name = name
        self.message = message
        self.running = 0

    def refuse(self) -> NoReturn:
        raise ResourceExhausted(self.message, retry_after=1, quota=self.name)


def _steps(own: _Room, shared: _Room) -> Steps:
    """Lets a call in where both rooms have a place for it."""

    def enter(call: Call) -> None:
        if own.running >= own.most:
            own.refuse()
        if shared.running >= shared.most:
            shared.refuse()
        own.running += 1
        shared.running += 1
        call.has_room = True

    def leave(call: Call) -> None:
        if call.has_room:
            own.running -= 1
            shared.running -= 1

    return Steps(before=enter, after=leave)


def _buckets(settings: Settings) -> Buckets:
    if settings.rate_limit_redis_url is None:
        return OwnBuckets()
    try:
        from .redis_buckets import RedisBuckets
    except ModuleNotFoundError as error:
        if error.name != "redis":
            raise
        raise SettingsError(
            "RATE_LIMIT_REDIS_URL is set, and redis is not installed: "
            "install this project with its extra (pip install '.[redis]')."
        ) from None
    return RedisBuckets(settings.rate_limit_redis_url, settings)


def _address(peer: str) -> str:
    """The peer without its port: a new connection is not a new caller."""
    return peer.rpartition(":")[0]
