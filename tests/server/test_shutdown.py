"""How a service stops: SIGTERM while it is busy."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2

from tests.server.collector import collecting
from tests.server.laboratory import Laboratory, Scrape, There, finish, health, scrape, start, stream, until, watch

GRACE = 5.0


@pytest.fixture
async def there(laboratory: Laboratory, tmp_path: Path) -> AsyncIterator[There]:
    """A service with time to finish what it has begun."""
    with laboratory.process(tmp_path / "log", SHUTDOWN_GRACE=str(GRACE), SHUTDOWN_DRAIN="0.3") as process:
        yield process


def channel_to(there: There) -> grpc.aio.Channel:
    """A channel to a process."""
    return grpc.aio.insecure_channel(f"127.0.0.1:{there.port()}")


async def ended(there: There) -> int:
    """Wait for the process to end; returns its exit code."""
    return await asyncio.to_thread(there.process.wait, 20)


async def busy(there: There, calls: int) -> Scrape:
    """Wait until so many calls are in progress."""
    for _ in range(500):
        seen = await scrape(there.port("metrics"))
        if seen.value("rpc_server_active_calls") >= calls:
            return seen
        await asyncio.sleep(0.01)
    raise AssertionError("the calls never reached their handlers")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_calls_in_flight_complete(laboratory: Laboratory, there: There, number: signal.Signals) -> None:
    """Every call of any kind that has begun ends well within the grace, and the process ends well then."""
    ask = laboratory.pb2.Ask
    async with channel_to(there) as channel:
        slow = ask(what="sleep", count=1500)
        calls = [
            *(start(laboratory, channel, "Lab/One", slow) for _ in range(30)),
            *(start(laboratory, channel, "Lab/Many", slow) for _ in range(10)),
            *(start(laboratory, channel, "Lab/Sum", stream(ask(count=1), slow)) for _ in range(10)),
            *(start(laboratory, channel, "Lab/Chat", stream(slow)) for _ in range(10)),
        ]
        ends = [asyncio.ensure_future(finish(call)) for call in calls]
        await busy(there, len(calls))
        there.signal(number)
        assert {end.name for end in await asyncio.gather(*ends)} == {"OK"}
    assert await ended(there) == 0, there.log.read_text()
    assert there.events()[-1]["event"] == "stopped"


async def test_callers_that_try_again_lose_nothing(laboratory: Laboratory, there: There) -> None:
    """Under load until the end: what answered at all answered well, and the rest is UNAVAILABLE, so worth a retry."""
    codes: list[str] = []

    async def load(channel: grpc.aio.Channel) -> None:
        while not codes or codes[-1] != "UNAVAILABLE":
            end = await finish(start(laboratory, channel, "Lab/One", laboratory.pb2.Ask(what="answer")))
            codes.append(end.name)

    async with channel_to(there) as channel:
        loads = [asyncio.create_task(load(channel)) for _ in range(8)]
        while len(codes) < 200:
            await asyncio.sleep(0.01)
        there.signal()
        await asyncio.gather(*loads)
    assert await ended(there) == 0
    assert set(codes) == {"OK", "UNAVAILABLE"}


async def test_a_watch_holds_nothing_up(there: There) -> None:
    """Open Watch streams are told NOT_SERVING and ended with OK, long before the grace is over."""
    async with channel_to(there) as channel:
        watchers = [watch(channel, name) for name in ("", "lab.v1.Lab", "liveness", "lab.v1.Nobody")]
        for watcher in watchers:
            await watcher.read()
        before = time.monotonic()
        there.signal()
        rest = [(await finish(watcher)) for watcher in watchers[1:]]
        statuses = [response.status for response in (await finish(watchers[0])).responses]
        assert statuses == [health_pb2.HealthCheckResponse.NOT_SERVING]
        assert {end.name for end in rest} == {"OK"}
        assert await ended(there) == 0
        assert time.monotonic() - before < GRACE - 1


async def test_first_not_serving_then_deaf(laboratory: Laboratory, there: There) -> None:
    """While it drains it says NOT_SERVING, still answers calls, and still shows its metrics."""
    async with channel_to(there) as channel:
        assert await health(channel) == "SERVING"
        there.signal()
        while await health(channel) == "SERVING":
            await asyncio.sleep(0.005)
        assert await health(channel, "liveness") == "SERVING"
        assert (await finish(start(laboratory, channel, "Lab/One", laboratory.pb2.Ask(what="answer")))).name == "OK"
        assert (await scrape(there.port("metrics"))).calls() == {("Lab/One", "OK"): 1}
    assert await ended(there) == 0
    events = [event["event"] for event in there.events()]
    assert events.index("stopping") < events.index("stopped")


async def test_the_grace_ends(laboratory: Laboratory, tmp_path: Path) -> None:
    """A call that takes longer than the grace is cut off, its log says what its caller sees, and the process ends well."""
    with laboratory.process(tmp_path / "log", SHUTDOWN_GRACE="0.5") as there:
        async with channel_to(there) as channel:
            call = start(laboratory, channel, "Lab/One", laboratory.pb2.Ask(what="sleep", count=60_000), timeout=60)
            await busy(there, 1)
            before = time.monotonic()
            there.signal()
            assert (await finish(call)).name == "UNAVAILABLE"
            assert await ended(there) == 0
            assert time.monotonic() - before < 10
    assert [event["code"] for event in there.events() if event["event"] == "call"] == ["UNAVAILABLE"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_it_at_once(laboratory: Laboratory, there: There, number: signal.Signals) -> None:
    """Who is asked twice waits for nobody."""
    async with channel_to(there) as channel:
        call = start(laboratory, channel, "Lab/One", laboratory.pb2.Ask(what="sleep", count=60_000), timeout=60)
        await busy(there, 1)
        there.signal()
        there.wait_for("stopping")
        before = time.monotonic()
        there.signal(number)
        assert await ended(there) == -number
        assert time.monotonic() - before < 1
        assert (await finish(call)).name == "UNAVAILABLE"


async def test_spans_are_sent_last(laboratory: Laboratory, tmp_path: Path) -> None:
    """The spans of calls that ended within the grace are with the collector when the process has ended."""
    with collecting() as collector:
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "SHUTDOWN_GRACE": "5"}
        with laboratory.process(tmp_path / "log", **settings) as there:
            async with channel_to(there) as channel:
                slow = laboratory.pb2.Ask(what="sleep", count=700)
                calls = [start(laboratory, channel, "Lab/One", slow) for _ in range(20)]
                ends = [asyncio.ensure_future(finish(call)) for call in calls]
                await busy(there, len(calls))
                there.signal()
                assert {end.name for end in await asyncio.gather(*ends)} == {"OK"}
            assert await ended(there) == 0
        assert len(collector.spans) == len(calls)


async def test_the_listening_line_has_no_level(laboratory: Laboratory, tmp_path: Path) -> None:
    """Whoever starts with port 0 has to learn where to call, whatever LOG_LEVEL says; nothing else is said."""
    with laboratory.process(tmp_path / "log", LOG_LEVEL="ERROR", SHUTDOWN_GRACE="0") as there:
        async with channel_to(there) as channel:
            assert (await finish(start(laboratory, channel, "Lab/One", laboratory.pb2.Ask(what="answer")))).name == "OK"
        there.signal()
        assert await ended(there) == 0
        assert [event["event"] for event in there.events()] == ["listening", "stopping", "stopped"]


async def test_the_listening_line_names_the_ports(there: There) -> None:
    """One JSON line says where the service listens, and there is a service behind each port."""
    line = there.wait_for("listening")
    assert line["grpc"] != line["metrics"]
    async with channel_to(there) as channel:
        assert await health(channel) == "SERVING"
    assert (await scrape(line["metrics"])).text


async def test_a_call_that_is_cut_off_tidies_up_before_its_resources_are_closed(laboratory: Laboratory) -> None:
    """The end of the grace cancels a call and does not wait for it: we do, as it may still need what app.py opened."""
    laboratory.events.clear()
    async with laboratory.running(shutdown_grace=0.1) as here:
        call = here.call("Lab/One", here.ask(what="tidy"))
        await until(lambda: "asked tidy" in laboratory.events)
    assert laboratory.events[-1] == "tidied up"
    call.cancel()
