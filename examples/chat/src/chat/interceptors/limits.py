"""No caller takes more than its share, and the server never takes on more than it can carry."""

from collections.abc import Awaitable
from typing import NoReturn

import grpc

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
        caller = call.principal.subject or _address(call.context.peer())
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
    """At most MAX_CONCURRENT_RPCS calls in progress; health checks are not among them."""

    def __init__(self, settings: Settings) -> None:
        most = settings.max_concurrent_rpcs
        self._steps = _Room(most, _ALL, "the server is busy").steps() if most else Steps()

    def steps(self, method: Method) -> Steps:
        """One count for all methods."""
        return self._steps


class MethodConcurrency:
    """At most as many calls of a method in progress as it declares, whoever makes them."""

    def steps(self, method: Method) -> Steps:
        """Nothing where a method declares no number."""
        most, name = method.policy.concurrency, method.path[1:]
        if most is None:
            return Steps()
        return _Room(most, name, f"calls of {name} are limited to {most} at once").steps()


class _Room:
    """Counts calls in progress; a stream is one as long as it runs."""

    def __init__(self, most: int, name: str, message: str) -> None:
        self._most = most
        self._name = name
        self._message = message
        self._running = 0

    def steps(self) -> Steps:
        return Steps(before=self._enter, after=self._leave)

    def _enter(self, call: Call) -> None:
        if self._running >= self._most:
            raise ResourceExhausted(self._message, retry_after=1, quota=self._name)
        self._running += 1

    def _leave(self, call: Call, code: grpc.StatusCode) -> None:
        self._running -= 1


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
