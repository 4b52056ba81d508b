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
from tests.server.harness import LabProject, Scrape, ServerProcess, finish, health, scrape, start, stream, until, watch

GRACE = 5.0


@pytest.fixture
async def lab_process(lab: LabProject, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A service with time to finish what it has begun."""
    with lab.process(tmp_path / "log", SHUTDOWN_GRACE=str(GRACE), SHUTDOWN_DRAIN="0.3") as process:
        yield process


def channel_to(lab_process: ServerProcess) -> grpc.aio.Channel:
    """A channel to a process."""
    return grpc.aio.insecure_channel(f"127.0.0.1:{lab_process.port()}")


async def ended(lab_process: ServerProcess) -> int:
    """Wait for the process to end; returns its exit code."""
    return await asyncio.to_thread(lab_process.process.wait, 20)


async def busy(lab_process: ServerProcess, calls: int) -> Scrape:
    """Wait until so many calls are in progress."""
    for _ in range(500):
        seen = await scrape(lab_process.port("metrics"))
        if seen.value("rpc_server_active_calls") >= calls:
            return seen
        await asyncio.sleep(0.01)
    raise AssertionError("the calls never reached their handlers")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_calls_in_flight_complete(lab: LabProject, lab_process: ServerProcess, number: signal.Signals) -> None:
    """Every call of any kind that has begun ends well within the grace, and the process ends well then."""
    ask = lab.pb2.Ask
    async with channel_to(lab_process) as channel:
        slow = ask(what="sleep", count=1500)
        calls = [
            *(start(lab, channel, "Lab/One", slow) for _ in range(30)),
            *(start(lab, channel, "Lab/Many", slow) for _ in range(10)),
            *(start(lab, channel, "Lab/Sum", stream(ask(count=1), slow)) for _ in range(10)),
            *(start(lab, channel, "Lab/Chat", stream(slow)) for _ in range(10)),
        ]
        ends = [asyncio.ensure_future(finish(call)) for call in calls]
        await busy(lab_process, len(calls))
        lab_process.signal(number)
        assert {end.name for end in await asyncio.gather(*ends)} == {"OK"}
    assert await ended(lab_process) == 0, lab_process.log.read_text()
    assert lab_process.events()[-1]["event"] == "stopped"


async def test_callers_that_try_again_lose_nothing(lab: LabProject, lab_process: ServerProcess) -> None:
    """Under load until the end: what answered at all answered well, and the rest is UNAVAILABLE, so worth a retry."""
    codes: list[str] = []

    async def load(channel: grpc.aio.Channel) -> None:
        while not codes or codes[-1] != "UNAVAILABLE":
            end = await finish(start(lab, channel, "Lab/One", lab.pb2.Ask(what="answer")))
            codes.append(end.name)

    async with channel_to(lab_process) as channel:
        loads = [asyncio.create_task(load(channel)) for _ in range(8)]
        while len(codes) < 200:
            await asyncio.sleep(0.01)
        lab_process.signal()
        await asyncio.gather(*loads)
    assert await ended(lab_process) == 0
    assert set(codes) == {"OK", "UNAVAILABLE"}


async def test_a_watch_holds_nothing_up(lab_process: ServerProcess) -> None:
    """Open Watch streams get NOT_SERVING and end with OK, long before the grace period is over."""
    async with channel_to(lab_process) as channel:
        watchers = [watch(channel, name) for name in ("", "lab.v1.Lab", "liveness", "lab.v1.Nobody")]
        for watcher in watchers:
            await watcher.read()
        before = time.monotonic()
        lab_process.signal()
        rest = [(await finish(watcher)) for watcher in watchers[1:]]
        statuses = [response.status for response in (await finish(watchers[0])).responses]
        assert statuses == [health_pb2.HealthCheckResponse.NOT_SERVING]
        assert {end.name for end in rest} == {"OK"}
        assert await ended(lab_process) == 0
        assert time.monotonic() - before < GRACE - 1


async def test_first_not_serving_then_deaf(lab: LabProject, lab_process: ServerProcess) -> None:
    """While it drains it says NOT_SERVING, still answers calls, and still shows its metrics."""
    async with channel_to(lab_process) as channel:
        assert await health(channel) == "SERVING"
        lab_process.signal()
        while await health(channel) == "SERVING":
            await asyncio.sleep(0.005)
        assert await health(channel, "liveness") == "SERVING"
        assert (await finish(start(lab, channel, "Lab/One", lab.pb2.Ask(what="answer")))).name == "OK"
        assert (await scrape(lab_process.port("metrics"))).calls() == {("Lab/One", "OK"): 1}
    assert await ended(lab_process) == 0
    events = [event["event"] for event in lab_process.events()]
    assert events.index("stopping") < events.index("stopped")


async def test_the_grace_ends(lab: LabProject, tmp_path: Path) -> None:
    """A call that takes longer than the grace is cut off, its log says what its caller sees, and the process ends well."""
    with lab.process(tmp_path / "log", SHUTDOWN_GRACE="0.5") as lab_process:
        async with channel_to(lab_process) as channel:
            call = start(lab, channel, "Lab/One", lab.pb2.Ask(what="sleep", count=60_000), timeout=60)
            await busy(lab_process, 1)
            before = time.monotonic()
            lab_process.signal()
            assert (await finish(call)).name == "UNAVAILABLE"
            assert await ended(lab_process) == 0
            assert time.monotonic() - before < 10
    assert [event["code"] for event in lab_process.events() if event["event"] == "call"] == ["UNAVAILABLE"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_it_at_once(
    lab: LabProject, lab_process: ServerProcess, number: signal.Signals
) -> None:
    """A second signal ends the process at once."""
    async with channel_to(lab_process) as channel:
        call = start(lab, channel, "Lab/One", lab.pb2.Ask(what="sleep", count=60_000), timeout=60)
        await busy(lab_process, 1)
        lab_process.signal()
        lab_process.wait_for("stopping")
        before = time.monotonic()
        lab_process.signal(number)
        assert await ended(lab_process) == -number
        assert time.monotonic() - before < 1
        assert (await finish(call)).name == "UNAVAILABLE"


async def test_spans_are_sent_last(lab: LabProject, tmp_path: Path) -> None:
    """The spans of calls that ended within the grace are with the collector when the process has ended."""
    with collecting() as collector:
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "SHUTDOWN_GRACE": "5"}
        with lab.process(tmp_path / "log", **settings) as lab_process:
            async with channel_to(lab_process) as channel:
                slow = lab.pb2.Ask(what="sleep", count=700)
                calls = [start(lab, channel, "Lab/One", slow) for _ in range(20)]
                ends = [asyncio.ensure_future(finish(call)) for call in calls]
                await busy(lab_process, len(calls))
                lab_process.signal()
                assert {end.name for end in await asyncio.gather(*ends)} == {"OK"}
            assert await ended(lab_process) == 0
        assert len(collector.spans) == len(calls)


async def test_the_listening_line_has_no_level(lab: LabProject, tmp_path: Path) -> None:
    """The line with the port is printed at any LOG_LEVEL, because port 0 chooses a free one; no other line is."""
    with lab.process(tmp_path / "log", LOG_LEVEL="ERROR", SHUTDOWN_GRACE="0") as lab_process:
        async with channel_to(lab_process) as channel:
            assert (await finish(start(lab, channel, "Lab/One", lab.pb2.Ask(what="answer")))).name == "OK"
        lab_process.signal()
        assert await ended(lab_process) == 0
        assert [event["event"] for event in lab_process.events()] == ["listening", "stopping", "stopped"]


async def test_the_listening_line_names_the_ports(lab_process: ServerProcess) -> None:
    """One JSON line says where the service listens, and there is a service behind each port."""
    line = lab_process.wait_for("listening")
    assert line["grpc"] != line["metrics"]
    async with channel_to(lab_process) as channel:
        assert await health(channel) == "SERVING"
    assert (await scrape(line["metrics"])).text


async def test_a_call_that_is_cut_off_tidies_up_before_its_resources_are_closed(lab: LabProject) -> None:
    """The end of the grace cancels a call and does not wait for it: we do, as it may still need what app.py opened."""
    lab.events.clear()
    async with lab.running(shutdown_grace=0.1) as lab_server:
        call = lab_server.call("Lab/One", lab_server.ask(what="tidy"))
        await until(lambda: "asked tidy" in lab.events)
    assert lab.events[-1] == "tidied up"
    call.cancel()
