"""The service inside the test process, with what a test wants otherwise."""

import asyncio
import hashlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence, Set
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeAlias
from unittest import mock

import grpc

from trading import app
from trading.gen.registry import SERVICES, Method
from trading.interceptors.api_keys import KEY
from trading.interceptors.call import Steps
from trading.interceptors.limits import RateLimit
from trading.server.application import Application
from trading.server.lifecycle import Running, running
from trading.settings import Settings

Task: TypeAlias = asyncio.Task[Any]

_CALLS = ("_handle_rpc", "_schedule_rpc_coro", "_handle_exceptions")
"""What grpc names the coroutines around a handler."""

_LEFT: list[Task] = []
"""Not to be collected: grpc would free what belongs to a server that is gone."""

Answer: TypeAlias = Callable[[Method], Awaitable[Any]]
"""What a stand-in does in place of a handler's method; it returns the reply."""


def quick(**changes: Any) -> Settings:
    """Settings for tests: any free port, no waiting at the end."""
    given = {"grpc_port": 0, "metrics_port": 0, "shutdown_drain": 0, "shutdown_grace": 0}
    return Settings(**{**given, **changes})


@asynccontextmanager
async def serving(settings: Settings, handlers: Sequence[object] = ()) -> AsyncIterator[Running]:
    """The whole service on a free loopback port, as `python -m trading` runs it.

    With ``handlers``, these answer, and what app.py opens is not needed; they have to be all
    that cannot be made without arguments.
    """

    @asynccontextmanager
    async def given(_: Settings) -> AsyncIterator[Application]:
        yield Application(handlers=handlers)

    before = asyncio.all_tasks()
    async with running(settings, given if handlers else app.application) as now:
        yield now
    forget(await still_running(before, within=1))


@asynccontextmanager
async def connected(server: Running) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a running service."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield channel


@asynccontextmanager
async def reaching(
    settings: Settings, handlers: Sequence[object] = (), *, limits: bool = True
) -> AsyncIterator[grpc.aio.Channel]:
    """The whole service, and a channel to it; ``limits``: whether callers have a rate."""
    async with AsyncExitStack() as stack:
        with nullcontext() if limits else _unlimited():
            server = await stack.enter_async_context(serving(settings, handlers))
        yield await stack.enter_async_context(connected(server))


def _unlimited() -> "mock._patch[Any]":
    # Steps are asked for at the start; tests ask more often than anybody may.
    return mock.patch.object(RateLimit, "steps", lambda self, method: Steps())


async def still_running(before: Set[Task], within: float) -> list[Task]:
    """The calls begun since ``before`` that a server still works on after some seconds."""
    end = time.perf_counter() + within
    while True:
        left = [task for task in asyncio.all_tasks() - before if _is_a_call(task)]
        if not left or time.perf_counter() > end:
            return left
        await asyncio.sleep(0.02)


def forget(tasks: Iterable[Task]) -> None:
    """Keep handlers that cannot be cancelled from holding up the end of the tests for ever."""
    for task in tasks:
        print(f"cannot be cancelled: {task.get_coro()}", file=sys.stderr)
        asyncio._unregister_task(task)
        _LEFT.append(task)


def _is_a_call(task: Task) -> bool:
    """Whether a task is one that grpc made for a call."""
    return getattr(task.get_coro(), "__qualname__", "") in _CALLS


async def empty(method: Method) -> Any:
    """An empty reply."""
    return method.reply()


def stand_ins(answer: Answer = empty) -> list[object]:
    """A handler for each service that does the same in all its methods."""
    return [_stand_in(service.servicer, service.methods, answer) for service in SERVICES]


def _stand_in(servicer: type, methods: Iterable[Method], answer: Answer) -> object:
    members = {method.attribute: _member(method, answer) for method in methods}
    created: object = type(f"StandIn{servicer.__name__}", (servicer,), members)()
    return created


def _member(method: Method, answer: Answer) -> Callable[..., Any]:
    # Requests are read first: those of a stream are checked one by one as they come.
    async def single(_: object, requests: Any, __: object) -> Any:
        if method.kind.streams_requests:
            _ = [request async for request in requests]
        return await answer(method)

    async def streamed(_: object, requests: Any, __: object) -> AsyncIterator[Any]:
        yield await single(_, requests, __)

    return streamed if method.kind.streams_replies else single


class Callers:
    """People with API keys: who they are, and what they may do."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._file.touch()

    @property
    def settings(self) -> Settings:
        """Settings under which these people, and nobody else, are known."""
        return quick(auth_mode="api_key", api_keys_file=self._file)

    def add(
        self, name: str, roles: Iterable[str] = (), scopes: Iterable[str] = ()
    ) -> list[tuple[str, str]]:
        """Somebody new; returns the metadata to call with."""
        digest = hashlib.sha256(f"key of {name}".encode()).hexdigest()
        granted = (",".join(names) or "-" for names in (roles, scopes))
        with self._file.open("a") as file:
            print(name, digest, *granted, file=file)
        return [(KEY, f"key of {name}")]


class Clock:
    """The time of this process, which a test moves forward: what waits, has waited."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead += seconds

    @contextmanager
    def installed(self) -> Iterator["Clock"]:
        """Go before the clocks that timeouts, limits and tokens are measured by."""
        monotonic, exact, wall = time.monotonic, time.monotonic_ns, time.time
        with (
            mock.patch("time.monotonic", lambda: monotonic() + self._ahead),
            mock.patch("time.monotonic_ns", lambda: exact() + int(self._ahead * 1e9)),
            mock.patch("time.time", lambda: wall() + self._ahead),
        ):
            yield self
