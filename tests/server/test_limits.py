"""How often and how much callers may call: of single methods, and of the whole server."""

import asyncio
import hashlib
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from tests.server.harness import End, LabProject, LabServer, finish, stream, until
from tests.support.command import environment

PEOPLE = ("alice", "bob")


def key(name: str) -> dict[str, Any]:
    """Return the options of a call by an authenticated caller."""
    return {"metadata": (("x-api-key", hashlib.sha256(name.encode()).hexdigest()),)}


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Any]:
    """Settings with which callers are known by their key."""
    given = {name: key(name)["metadata"][0][1] for name in PEOPLE}
    file = tmp_path / "keys"
    file.write_text("".join(f"{name} {hashlib.sha256(k.encode()).hexdigest()}\n" for name, k in given.items()))
    return {"auth_mode": "api_key", "api_keys_file": file}


async def codes(lab_server: LabServer, method: str, calls: int, **options: Any) -> Counter[str]:
    """How many of so many calls, one behind the other, ended how."""
    ask = lab_server.ask(what="answer")
    return Counter([(await lab_server.end(method, ask, **options)).name for _ in range(calls)])


def detail(end: End, kind: type[Message]) -> Any:
    """The detail of a kind that came with the status of a call."""
    encoded: Any = end.trailing["grpc-status-details-bin"]
    found = kind()
    assert any(packed.Unpack(found) for packed in status_pb2.Status.FromString(encoded).details)
    return found


# ------------------------------------------------------------------------------------------- rates


BURSTS = {
    "Booth/Dial": (3, 0.01),  # as declared
    "Booth/Redial": (5, 5),  # the rate
    "Booth/Whisper": (1, 0.5),  # the rate is less than one call: one all the same
}


@pytest.mark.parametrize("method", BURSTS)
async def test_a_method_has_a_rate_of_its_own(lab: LabProject, method: str) -> None:
    """Who was quiet may make as many calls at once as the burst, and no more than come with time."""
    burst, rate = BURSTS[method]
    async with lab.running() as lab_server:
        before, made = time.monotonic(), 0
        while (end := await lab_server.end(method, lab_server.ask(what="answer"))).name == "OK":
            made += 1
        assert burst <= made <= burst + rate * (time.monotonic() - before)
        assert end.name == "RESOURCE_EXHAUSTED"


async def test_a_rate_is_kept(lab: LabProject) -> None:
    """A caller that waits for the retry delay succeeds, and gets no more calls than the rate in total."""
    async with lab.running() as lab_server:
        ask = lab_server.ask(what="answer")
        before = time.monotonic()
        for _ in range(10):
            end = await lab_server.end("Booth/Redial", ask)
            if end.name != "OK":
                await asyncio.sleep(detail(end, error_details_pb2.RetryInfo).retry_delay.ToMicroseconds() / 1e6)
                assert (await lab_server.end("Booth/Redial", ask)).name == "OK"
        # Five at once, and five more at five a second.
        assert time.monotonic() - before > 0.95


async def test_a_refusal_says_what_and_until_when(lab: LabProject) -> None:
    """The status names the limit in words and in QuotaFailure, and RetryInfo says when to come back."""
    async with lab.running() as lab_server:
        assert await codes(lab_server, "Booth/Dial", 3) == {"OK": 3}
        end = await lab_server.end("Booth/Dial", lab_server.ask(what="answer"))
    words = "calls of lab.v1.Booth/Dial are limited to 0.01 per second"
    assert (end.name, end.details) == ("RESOURCE_EXHAUSTED", words)
    (violation,) = detail(end, error_details_pb2.QuotaFailure).violations
    assert (violation.subject, violation.description) == ("lab.v1.Booth/Dial", words)
    assert 95 < detail(end, error_details_pb2.RetryInfo).retry_delay.ToTimedelta().total_seconds() <= 100


async def test_callers_do_not_share(lab: LabProject, keys: dict[str, Any]) -> None:
    """What one caller used up is there for another; the same caller on a new connection is the same."""
    async with lab.running(**keys) as lab_server:
        assert await codes(lab_server, "Booth/Dial", 5, **key("alice")) == {"OK": 3, "RESOURCE_EXHAUSTED": 2}
        assert await codes(lab_server, "Booth/Dial", 5, **key("bob")) == {"OK": 3, "RESOURCE_EXHAUSTED": 2}
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{lab_server.now.port}", options=options) as other:
            again = LabServer(lab, lab_server.now, other)
            assert await codes(again, "Booth/Dial", 1, **key("bob")) == {"RESOURCE_EXHAUSTED": 1}


async def test_a_caller_without_credentials_is_an_address(lab: LabProject) -> None:
    """Where callers prove nothing, all connections of a machine are one caller."""
    async with lab.running() as lab_server:
        assert await codes(lab_server, "Booth/Dial", 3) == {"OK": 3}
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{lab_server.now.port}", options=options) as other:
            again = LabServer(lab, lab_server.now, other)
            assert await codes(again, "Booth/Dial", 1) == {"RESOURCE_EXHAUSTED": 1}


async def test_methods_do_not_share(lab: LabProject) -> None:
    """A declared rate replaces RATE_LIMIT, methods without one share RATE_LIMIT, and health has no limit."""
    async with lab.running(rate_limit=0.01, rate_limit_burst=2) as lab_server:
        assert await codes(lab_server, "Booth/Dial", 4) == {"OK": 3, "RESOURCE_EXHAUSTED": 1}
        assert await codes(lab_server, "Lab/One", 1) == {"OK": 1}
        assert await codes(lab_server, "Vault/Open", 1) == {"OK": 1}
        end = await lab_server.end("Lab/One", lab_server.ask(what="answer"))
        assert (end.name, end.details) == ("RESOURCE_EXHAUSTED", "calls of all methods are limited to 0.01 per second")
        assert [await lab_server.health() for _ in range(10)] == ["SERVING"] * 10


def test_buckets_are_bounded(lab: LabProject) -> None:
    """However many callers make themselves up, memory has an end, and who called last is remembered."""
    buckets = lab.module("runtime.core.token_bucket")
    limit = buckets.Limit.of("lab.v1.Lab/One", 0.001, 1)
    kept = buckets.InMemoryBuckets()
    tracemalloc.start()
    for number in range(50_000):
        assert kept.take(limit, f"ipv4:10.0.{number // 250}.{number % 250}") == 0
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 8_000_000
    assert kept.take(limit, "ipv4:10.0.199.249") > 0
    assert kept.take(limit, "ipv4:10.0.121.0") > 0
    assert kept.take(limit, "ipv4:10.0.0.0") == 0


@pytest.mark.parametrize("rate", [0.001, 0.3, 1, 3, 6, 7, 9.5, 11, 999, 30_000])
def test_a_burst_is_whole(lab: LabProject, rate: float) -> None:
    """Rounding takes no call away: a full bucket has every call of its burst at one instant."""
    buckets = lab.module("runtime.core.token_bucket")
    limit = buckets.Limit.of("", rate, None)
    full = max(1, int(rate))
    assert (full - 1) * limit.cost_us <= limit.tolerance_us < full * limit.cost_us


# ------------------------------------------------------------------------------------- concurrency


async def test_streams_count_as_long_as_they_run(lab: LabProject, keys: dict[str, Any]) -> None:
    """A method takes as many calls at once as it declares, of all callers; a stream counts until it ends."""
    async with lab.running(**keys) as lab_server:
        slow = lab_server.ask(what="sleep", count=60_000)
        held = [lab_server.call("Booth/Hold", slow, **key(name)) for name in PEOPLE]
        for call in held:
            assert (await call.read()).text == "held"
        end = await lab_server.end("Booth/Hold", slow, **key("alice"))
        words = "calls of lab.v1.Booth/Hold are limited to 2 at once"
        assert (end.name, end.details) == ("RESOURCE_EXHAUSTED", words)
        assert detail(end, error_details_pb2.QuotaFailure).violations[0].description == words
        assert detail(end, error_details_pb2.RetryInfo).retry_delay.seconds == 1
        # Declared on the service, counted for each method.
        assert (await lab_server.end("Booth/Dictate", stream(lab_server.ask(count=1)), **key("alice"))).name == "OK"
        for call in held:
            call.cancel()
        await idle(lab_server)
        assert (await lab_server.end("Booth/Hold", lab_server.ask(what="answer"), **key("alice"))).name == "OK"


@pytest.mark.parametrize("ending", ["answer", "raise", "abort", "refuse", "cancel", "deadline"])
async def test_every_ending_makes_room(lab: LabProject, ending: str) -> None:
    """However calls end, the next ones find as much room as the first."""
    async with lab.running() as lab_server:
        for _ in range(2):
            what = {"cancel": "sleep", "deadline": "sleep"}.get(ending, ending)
            ask = lab_server.ask(what=what, count=60_000 if what == "sleep" else 0)
            calls = [lab_server.call("Booth/Hold", ask, timeout=0.5 if ending == "deadline" else 10) for _ in range(2)]
            for call in calls:
                await call.read()
            if ending == "cancel":
                for call in calls:
                    call.cancel()
            else:
                await asyncio.gather(*(finish(call) for call in calls))
            await idle(lab_server)
            held = [lab_server.call("Booth/Hold", lab_server.ask(what="sleep", count=60_000)) for _ in range(2)]
            for call in held:
                assert (await call.read()).text == "held"
                call.cancel()
            await idle(lab_server)


async def idle(lab_server: LabServer) -> None:
    """Wait until no call is in progress: one that has ended for its caller may be on its way out still."""
    for _ in range(200):
        if (await lab_server.scrape()).value("rpc_server_active_calls") == 0:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("a call is still in progress")


async def test_the_server_has_an_end_too(lab: LabProject) -> None:
    """MAX_CONCURRENT_RPCS counts the calls of all methods, those with a number of their own too."""
    async with lab.running(max_concurrent_rpcs=1) as lab_server:
        held = lab_server.call("Booth/Hold", lab_server.ask(what="sleep", count=60_000))
        await held.read()
        end = await lab_server.end("Lab/One", lab_server.ask(what="answer"))
        assert (end.name, end.details) == ("RESOURCE_EXHAUSTED", "the server is busy")
        assert detail(end, error_details_pb2.QuotaFailure).violations[0].subject == "all methods"
        end = await lab_server.end("Booth/Hold", lab_server.ask(what="answer"))
        assert (end.name, end.details) == ("RESOURCE_EXHAUSTED", "the server is busy")
        held.cancel()
        await idle(lab_server)
        assert (await lab_server.end("Lab/One", lab_server.ask(what="answer"))).name == "OK"
    lab.events.clear()
    async with lab.running(max_concurrent_rpcs=1) as lab_server:
        # What the server refuses had been counted for its method, and no longer is.
        busy = lab_server.call("Lab/Many", lab_server.ask(what="sleep", count=60_000))
        await until(lambda: "asked sleep" in lab.events)
        refused = [await lab_server.end("Booth/Hold", lab_server.ask(what="answer")) for _ in range(5)]
        assert {end.details for end in refused} == {"the server is busy"}
        busy.cancel()


# ------------------------------------------------------------------------------------- what it costs


def test_no_limit_costs_nothing(lab: LabProject) -> None:
    """Where neither a method nor the settings have a limit, nothing is put around its calls."""
    limits = lab.module("runtime.interceptors.limits")
    settings = lab.module("settings").Settings(max_concurrent_rpcs=0)
    registry = lab.module("gen.registry").REGISTRY
    (method,) = (method for method in registry.methods if method.path == "/lab.v1.Lab/One")
    nothing = lab.module("runtime.interceptors").Hooks()
    interceptors = [limits.RateLimit(settings), limits.ConcurrencyLimit(settings)]
    assert [interceptor.hooks(method) for interceptor in interceptors] == [nothing] * 2


def test_policies_are_listed(lab: LabProject) -> None:
    """What ``make show-policies`` runs prints the limits of each method."""
    done = subprocess.run(
        [sys.executable, "-m", "lab.gen.policies"],
        env=environment({"PYTHONPATH": str(lab.folder / "src")}),
        capture_output=True,
        text=True,
        check=True,
    )
    listed = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert listed["lab.v1.Booth/Dial"] == ["rate=0.01", "burst=3.0", "concurrency=2"]
    assert listed["lab.v1.Booth/Hold"] == ["concurrency=2"]
    assert listed["lab.v1.Lab/One"] == []
