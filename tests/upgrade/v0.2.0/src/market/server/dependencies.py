"""Checks of what the service depends on: a database that is away takes its services off traffic."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from .health import Health
from .wiring import WiringError

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DependencyCheck:
    """One thing that services need, and how to ask whether it is there.

    For example ``DependencyCheck("database", pool.ping)`` in ``app.py``.
    """

    name: str
    """What the log calls it."""
    ping: Callable[[], Awaitable[object]]
    """Awaited again and again; it is away when this raises or takes longer than ``timeout``."""
    interval: float = 5.0
    """Seconds between two pings."""
    timeout: float = 1.0
    services: Sequence[str] = ()
    """The full names of the services that cannot do without it; none: the whole server."""


def verify(checks: Sequence[DependencyCheck], services: Collection[str]) -> None:
    """Raises WiringError for two checks of one name, or a service that is not here."""
    seen: set[str] = set()
    for check in checks:
        if check.name in seen:
            raise WiringError(f"app.py gives two checks named {check.name!r}: rename one.")
        seen.add(check.name)
        for name in check.services:
            if name not in services:
                raise WiringError(
                    f"the check {check.name!r} in app.py names the service {name}, "
                    f"which is not among {', '.join(services)}."
                )


@asynccontextmanager
async def followed(checks: Sequence[DependencyCheck], health: Health) -> AsyncIterator[None]:
    """Keep the health of services at what the checks say, while the context is open.

    Each was asked once before the context opens: until it passed, its services are NOT_SERVING.
    """
    for check in checks:
        health.lost(check.name, check.services)
    problems = await asyncio.gather(*(_problem(check) for check in checks))
    tasks = []
    for check, problem in zip(checks, problems, strict=True):
        _report(check, health, problem)
        tasks.append(asyncio.create_task(_repeat(check, health, is_away=bool(problem))))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _repeat(check: DependencyCheck, health: Health, is_away: bool) -> None:
    while True:
        await asyncio.sleep(check.interval)
        problem = await _problem(check)
        if bool(problem) != is_away:
            is_away = not is_away
            _report(check, health, problem)


def _report(check: DependencyCheck, health: Health, problem: str) -> None:
    if problem:
        health.lost(check.name, check.services)
        _LOG.warning("dependency is away", extra={"dependency": check.name, "problem": problem})
    else:
        health.found(check.name)
        _LOG.info("dependency is there", extra={"dependency": check.name})


async def _problem(check: DependencyCheck) -> str:
    """Ping once; returns what is wrong, or nothing."""
    try:
        async with asyncio.timeout(check.timeout):
            await check.ping()
    except Exception as error:
        return f"{type(error).__name__}: {error}".removesuffix(": ")
    return ""
