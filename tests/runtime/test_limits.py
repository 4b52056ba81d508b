"""Rate limits, deadlines and timeouts apply to all callers, and a server that stops loses no call."""

import asyncio
import time
from contextlib import AsyncExitStack
from unittest import mock

import grpc
import pytest

from pyservice_runtime.core import Method, token_bucket
from pyservice_runtime.core.call import ServerCall, stopping, time_remaining
from pyservice_runtime.core.context import Context
from pyservice_runtime.core.errors import DeadlineExceeded
from pyservice_runtime.core.token_bucket import InMemoryBuckets, Limit
from pyservice_runtime.interceptors import ConcurrencyLimit, Hooks
from pyservice_runtime.interceptors.deadline import Deadline
from pyservice_runtime.settings.service_settings import ServiceSettings
from pyservice_runtime.testing.calls import begin, finish

from .probe_service import (
    ECHO,
    GATHER,
    LIST,
    TALK,
    Blocker,
    ProbeService,
    method,
    probe_service,
    settings_for_tests,
    text,
    until,
)

OK = grpc.StatusCode.OK
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
LATE = grpc.StatusCode.DEADLINE_EXCEEDED
INVALID = grpc.StatusCode.INVALID_ARGUMENT
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE

RARE = method("Rare", rate=0.01, burst=2)


async def codes(probe_server: ProbeService, *rpcs: Method) -> list[grpc.StatusCode | None]:
    """How calls end that are made one after the other."""
    return [(await probe_server.call(rpc)).code for rpc in rpcs]


async def test_rates() -> None:
    """A method that declares a rate has one of its own, and RATE_LIMIT holds for all others."""
    async with probe_service(settings_for_tests(rate_limit=0.01, rate_limit_burst=3), ECHO, RARE, LIST) as probe_server:
        assert await codes(probe_server, RARE, RARE, RARE) == [OK, OK, EXHAUSTED]
        assert await codes(probe_server, ECHO, LIST, ECHO, LIST) == [OK, OK, OK, EXHAUSTED]
        end = await probe_server.call(RARE)
        assert end.details == "calls of pyservice.probe.v1.Probe/Rare are limited to 0.01 per second"
        end = await probe_server.call(ECHO)
        assert end.details == "calls of all methods are limited to 0.01 per second"


def test_few_buckets_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those used longest ago are forgotten, which makes them full."""
    monkeypatch.setattr(token_bucket, "MAX_BUCKETS", 4)
    kept, limit = InMemoryBuckets(), Limit.of("", 0.01, 1)
    refused = [kept.take(limit, name) > 0 for name in "aabcaddab"]
    assert refused == [False, True, False, False, True, False, True, True, False]


CROWDS: list[tuple[ServiceSettings, Method, str]] = [
    (settings_for_tests(max_concurrent_rpcs=1), ECHO, "the server is busy"),
    (settings_for_tests(max_concurrent_rpcs=0), method("Alone", concurrency=1), "limited to 1 at once"),
]


@pytest.mark.parametrize(("settings", "rpc", "said"), CROWDS, ids=("server", "method"))
async def test_calls_at_once(settings: ServiceSettings, rpc: Method, said: str) -> None:
    """One too many is refused, and once there is room the next one is not."""
    blocker = Blocker()
    async with probe_service(settings, rpc, behaviors={"stay": blocker}) as probe_server:
        first = asyncio.ensure_future(probe_server.call(rpc, "stay"))
        await until(lambda: blocker.calls)
        end = await probe_server.call(rpc)
        assert end.code is EXHAUSTED
        assert said in end.details
        blocker.release()
        assert (await first).responses == (text("went on"),)
        assert (await probe_server.call(rpc)).code is OK


# ------------------------------------------------------------------------------------------- time


def access(caplog: pytest.LogCaptureFixture) -> list[str]:
    """How calls ended, as the access log has it."""
    records = (record for record in caplog.records if record.name == "access")
    return [getattr(record, "code", "") for record in records]


async def test_time_limits() -> None:
    """A handler that takes too long is ended, and so is waiting for a request that never comes."""
    brief = method("Brief", timeout=0.05)
    async with probe_service(
        settings_for_tests(default_timeout=0.1), brief, LIST, behaviors={"stay": Blocker()}
    ) as probe_server:
        end = await asyncio.wait_for(probe_server.call(brief, "stay", timeout=None), 10)
        assert (end.code, end.details) == (LATE, "the call took longer than 0.05 s")
        # A stream of requests on the wire, that has none.
        silent = probe_server.channel.stream_stream(LIST.path)(timeout=None)
        end = await finish(silent)
        assert (end.code, end.details) == (LATE, "no request arrived within 0.1 s")


def test_a_call_that_waited_too_long_is_not_started() -> None:
    """A call whose deadline expired before its start does not reach the handler."""
    call = ServerCall(ECHO.path, ())
    call.stream = mock.Mock(time_remaining=lambda: 0.0)
    before = Deadline(settings_for_tests()).hooks(ECHO).on_start
    assert before is not None
    with pytest.raises(DeadlineExceeded, match="expired before the call was started"):
        before(call)


async def test_a_caller_who_goes(caplog: pytest.LogCaptureFixture) -> None:
    """The log says how it was for the caller: out of time, or not interested any more."""
    blocker = Blocker()
    async with probe_service(settings_for_tests(), TALK, behaviors={"stay": blocker}) as probe_server:
        with caplog.at_level("INFO", "access"):
            for seconds in (0.1, 1, 10):
                # On a busy machine a call can be late before it arrives.
                late = begin(probe_server.channel, TALK, [text("stay")], timeout=seconds)
                assert (await finish(late, idle_timeout=30)).code is LATE
                if blocker.calls:
                    break
            await until(lambda: access(caplog))
            gone = probe_server.channel.stream_stream(TALK.path)(timeout=30)
            await gone.write(text("stay").SerializeToString())
            await until(lambda: blocker.calls == 2)
            gone.cancel()
            await until(lambda: "CANCELLED" in access(caplog))
    assert access(caplog)[-2:] == ["DEADLINE_EXCEEDED", "CANCELLED"]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_half_an_upload_is_none(caplog: pytest.LogCaptureFixture) -> None:
    """Requests that break off do not look to their handler as if they had come to their end."""
    ended = Blocker()
    async with probe_service(settings_for_tests(), GATHER, behaviors={"half": ended}) as probe_server:
        with caplog.at_level("INFO", "access"):
            call = probe_server.channel.stream_unary(GATHER.path)(timeout=30)
            await call.write(text("half").SerializeToString())
            call.cancel()
            await until(lambda: access(caplog))
    assert access(caplog) == ["CANCELLED"]
    assert not ended.calls


# ------------------------------------------------------------------------------------------- size


async def test_sizes() -> None:
    """Messages have a limit in both directions, and nothing else than messages is taken."""

    async def long(_: Context) -> str:
        return "x" * 1001

    async with probe_service(
        settings_for_tests(max_message_bytes=1000), ECHO, LIST, behaviors={"long": long}
    ) as probe_server:
        for request, code, said in (
            ("x" * 1500, EXHAUSTED, "the request has 1503 bytes, and 1000 are allowed"),
            ("x" * 3000, EXHAUSTED, "larger than max"),
            ("long", EXHAUSTED, "the response has 1004 bytes, and 1000 are allowed"),
        ):
            end = await probe_server.call(ECHO, request)
            assert end.code is code, end
            assert said in end.details
        for rpc in (ECHO, LIST):
            end = await finish(begin(probe_server.channel, rpc, [b"\xff"]))
            assert (end.code, end.details) == (
                INVALID,
                "cannot decode the request as google.protobuf.StringValue",
            )
        for nothing in (probe_server.channel.stream_unary(ECHO.path), probe_server.channel.stream_stream(LIST.path)):
            end = await finish(nothing(iter(()), timeout=5))
            assert (end.code, end.details) == (INVALID, "the request message is missing")


# --------------------------------------------------------------------------------------- stopping


async def test_a_server_that_stops_loses_no_call() -> None:
    """What was begun is finished, and what comes in the last moment is answered as well."""
    blocker, stack = Blocker(), AsyncExitStack()
    probe_server = await stack.enter_async_context(
        probe_service(settings_for_tests(shutdown_grace=20), behaviors={"stay": blocker})
    )
    async with grpc.aio.insecure_channel(probe_server.target) as channel:
        caller = ProbeService(probe_server.running, channel)
        begun = asyncio.ensure_future(caller.call(ECHO, "stay", timeout=30))
        await until(lambda: blocker.calls)
        stopping = asyncio.ensure_future(stack.aclose())
        await asyncio.sleep(0.02)
        late = await asyncio.gather(*(caller.call(rpc, "late", timeout=30) for rpc in (ECHO, LIST)))
        assert [(end.code, end.responses) for end in late] == [(OK, (text("late"),))] * 2
        blocker.release()
        assert (await begun).responses == (text("went on"),)
        await stopping


async def test_a_stream_that_ends_when_the_server_stops() -> None:
    """It ends before clients hear of the stop, and needs no part of the grace."""
    waiting = asyncio.Event()

    async def watch(_: Context) -> str:
        waiting.set()
        await stopping()
        return "goodbye"

    stack = AsyncExitStack()
    settings = settings_for_tests(shutdown_grace=20)
    probe_server = await stack.enter_async_context(probe_service(settings, behaviors={"watch": watch}))
    async with grpc.aio.insecure_channel(probe_server.target) as channel:
        caller = ProbeService(probe_server.running, channel)
        stream = asyncio.ensure_future(caller.call(LIST, "watch", timeout=30))
        await asyncio.wait_for(waiting.wait(), 10)
        began = time.perf_counter()
        await stack.aclose()
        assert (await stream).responses == (text("goodbye"),)
        assert time.perf_counter() - began < 10


async def test_outside_a_server_nothing_stops() -> None:
    """Tests of handlers without a server wait for something else."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(stopping(), 0.05)
    assert time_remaining() is None


async def test_a_handler_that_is_cut_off_may_tidy_up() -> None:
    """What it needs for that is closed behind it."""
    begun, tidied = [], []

    async def untidy(_: Context) -> None:
        begun.append(True)
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.02)
            tidied.append(True)

    stack = AsyncExitStack()
    quickly = settings_for_tests(shutdown_grace=0.01)
    probe_server = await stack.enter_async_context(probe_service(quickly, behaviors={"stay": untidy}))
    async with grpc.aio.insecure_channel(probe_server.target) as channel:
        cut = asyncio.ensure_future(ProbeService(probe_server.running, channel).call(ECHO, "stay"))
        await until(lambda: begun)
        await stack.aclose()
        assert tidied
        assert (await cut).code is not OK


def test_no_limit_is_no_hook() -> None:
    """MAX_CONCURRENT_RPCS=0 costs calls nothing."""
    assert ConcurrencyLimit(settings_for_tests(max_concurrent_rpcs=0)).hooks(ECHO) == Hooks()
