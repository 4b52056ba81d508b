"""Buckets in Redis: all processes that name the same one share a limit.

Imported only where RATE_LIMIT_REDIS_URL is set. Calls that arrive while Redis is being asked are
asked for together, in one command over one connection: under load a decision costs a fraction of
a command. A caller who gives up breaks no connection.

There is no DependencyCheck for this Redis, and there should be none: all replicas depend on the
same one, so that its loss would take all of them off traffic at once, for want of a mere limit.
"""

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from pydantic import SecretStr
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from ..environment import SettingsError
from ..errors import Unavailable
from ..settings import Settings
from .buckets import Limit, OwnBuckets

_LOG = logging.getLogger(__name__)

_PREFIX = "market:rate"
"""Ahead of each key: services with other names can use the same Redis."""

_PATIENCE = 1.0
"""Seconds until an answer that stays out means that Redis is away. Much longer than calls wait: it
may be this process that had no CPU, and connecting with TLS takes its time."""
_PAUSE = 1.0
"""Seconds between two attempts to find it again."""
_TOGETHER = 250
"""Calls asked for in one command."""

_TAKE = """
-- What OwnBuckets.take does, by the clock of Redis: those of the replicas differ.
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]
local waits = {}
for i, key in ipairs(KEYS) do
    local each, ahead = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    local full = math.max(tonumber(redis.call("GET", key) or 0), now)
    waits[i] = math.max(full - now - ahead, 0)
    if waits[i] == 0 then
        full = full + each
        -- A bucket that is full again is as good as none.
        local left = math.ceil((full - now) / 1000)
        redis.call("SET", key, string.format("%.0f", full), "PX", string.format("%.0f", left))
    end
end
return waits
"""

_PROBE = Limit("", rate=1_000_000, each=1, ahead=0)


class _Asked(NamedTuple):
    """One call that waits for an answer: None if there is none."""

    limit: Limit
    caller: str
    answer: "asyncio.Future[int | None]"


class RedisBuckets:
    """Buckets that replicas share; while Redis is away, each goes on as it was told to."""

    def __init__(self, url: SecretStr, settings: Settings) -> None:
        """Raises SettingsError for a URL that is none."""
        try:
            self._redis: Any = Redis.from_url(
                url.get_secret_value(),
                retry=Retry(NoBackoff(), 1),
                socket_keepalive=True,
            )
        except ValueError:
            # Its text may quote the password.
            raise SettingsError(
                "RATE_LIMIT_REDIS_URL: it has to be "
                "redis://[[user]:password@]host[:port][/database], "
                "rediss:// for TLS, or unix://path."
            ) from None
        self._time_limit = settings.rate_limit_redis_timeout
        self._failure = settings.rate_limit_redis_failure
        alone = {"open": _allow, "local": OwnBuckets().take, "closed": _refuse}
        self._alone = alone[self._failure]
        self._waiting: list[_Asked] = []
        self._asking: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle
        self._is_alone = False

    def take(self, limit: Limit, caller: str) -> int | Awaitable[int]:
        """Take a call; at once while Redis is away, so that its loss slows nobody down."""
        return self._alone(limit, caller) if self._is_alone else self._together(limit, caller)

    async def open(self) -> None:
        """Connect, so that no call waits for that; without Redis the service starts all the same."""
        try:
            await self._ask([(_PROBE, "")])
        except Exception as error:
            self._is_alone = True
            self._start(error)

    async def close(self) -> None:
        """Close the connection."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])
        await self._redis.aclose()

    async def _together(self, limit: Limit, caller: str) -> int:
        asked = _Asked(limit, caller, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._asking is None:
            self._start()
        wait = await asked.answer
        return self._alone(limit, caller) if wait is None else wait

    def _start(self, error: Exception | None = None) -> None:
        # In a context of its own: it belongs to no call.
        self._asking = asyncio.create_task(self._work(error), context=contextvars.Context())

    async def _work(self, error: Exception | None) -> None:
        """Ask for all who wait, until nobody does; after an error, once Redis is there again."""
        if error is not None:
            await self._return(error)
        while self._waiting:
            asked, self._waiting = self._waiting[:_TOGETHER], self._waiting[_TOGETHER:]
            self._set_timer(self._halfway, asked)
            try:
                _answer(asked, await self._ask([(one.limit, one.caller) for one in asked]))
            except Exception as error:
                self._be_alone(asked)
                await self._return(error)
            finally:
                self._timer.cancel()
            # An answer that came late is one all the same.
            self._is_alone = False
        self._asking = None

    def _set_timer(self, then: Callable[[list[_Asked]], None], asked: list[_Asked]) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._time_limit / 2, then, asked)

    def _halfway(self, asked: list[_Asked]) -> None:
        # The time limit is two timers, one behind the other. It may be this process that stood
        # still: the answer is here by then, and is read before the second one ends.
        self._set_timer(self._be_alone, asked)

    def _be_alone(self, asked: list[_Asked]) -> None:
        """Let no call wait any longer, neither those asked for nor those behind them."""
        self._is_alone = True
        given_up = [*asked, *self._waiting]
        _answer(given_up, [None] * len(given_up))
        self._waiting = []

    async def _return(self, error: Exception) -> None:
        """Wait until Redis is there again."""
        reason = f"{type(error).__name__}: {error}".removesuffix(": ")
        told = {"reason": reason, "failing": self._failure}
        _LOG.warning("rate limits are not shared: Redis is away", extra=told)
        while True:
            await asyncio.sleep(_PAUSE)
            try:
                # Not a ping: what answers pings may still refuse to run scripts or to write.
                await self._ask([(_PROBE, "")])
                break
            except Exception:
                continue
        self._is_alone = False
        _LOG.info("rate limits are shared again")

    async def _ask(self, calls: Sequence[tuple[Limit, str]]) -> Sequence[int]:
        keys = [
            # A caller who is no proper text must not look like a Redis that is away.
            f"{_PREFIX}:{limit.name}:{caller}".encode(errors="replace")
            for limit, caller in calls
        ]
        numbers = [number for limit, _ in calls for number in (limit.each, limit.ahead)]
        async with asyncio.timeout(_PATIENCE):
            waits: Sequence[int] = await self._redis.execute_command(
                "EVAL", _TAKE, len(keys), *keys, *numbers
            )
        return waits


def _answer(asked: Sequence[_Asked], waits: Sequence[int | None]) -> None:
    for one, wait in zip(asked, waits, strict=True):
        # It is done if the caller gave up.
        if not one.answer.done():
            one.answer.set_result(wait)


def _allow(limit: Limit, caller: str) -> int:
    return 0


def _refuse(limit: Limit, caller: str) -> int:
    raise Unavailable("limits cannot be checked just now", retry_after=_PAUSE)
