"""RATE_LIMIT_REDIS_URL: several processes share what callers may do, as long as a real Redis is there."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from pydantic import SecretStr

from tests.server import redis_server
from tests.server.harness import LabProject, ServerProcess, finish, health, start
from tests.server.redis_server import PASSWORD, Redis
from tests.support.command import Finished, run

LOST, FOUND = "Redis is unavailable: rate limits are not shared", "Redis is available again: rate limits are shared"


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Redis]:
    """A Redis that answers."""
    with redis_server.running(tmp_path) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Replica:
    """One process of the service, and a channel to it."""

    lab: LabProject
    lab_process: ServerProcess
    channel: grpc.aio.Channel

    async def ends(self, calls: int, method: str = "Booth/Dial") -> Counter[str]:
        """How many of so many calls, one behind the other, ended how."""
        ask = self.lab.pb2.Ask(what="answer")
        made = [await finish(start(self.lab, self.channel, method, ask)) for _ in range(calls)]
        return Counter(end.name for end in made)

    def said(self, event: str) -> int:
        """How often it logged something."""
        return [line["event"] for line in self.lab_process.events()].count(event)

    async def says(self, event: str) -> None:
        """Wait until it logs something."""
        await asyncio.to_thread(self.lab_process.wait_for, event)


@asynccontextmanager
async def replicas(lab: LabProject, folder: Path, count: int, **settings: str) -> AsyncIterator[list[Replica]]:
    """So many processes of the service; none of them ever says the password, and all end well."""
    async with AsyncExitStack() as stack:
        found = []
        for number in range(count):
            log = folder / f"{number}.log"
            # The machine may be busy.
            patient = {"RATE_LIMIT_REDIS_TIMEOUT": "1", **settings}
            lab_process = stack.enter_context(lab.process(log, **patient))
            channel = grpc.aio.insecure_channel(f"127.0.0.1:{lab_process.port()}")
            found.append(Replica(lab, lab_process, await stack.enter_async_context(channel)))
        yield found
        for replica in found:
            replica.lab_process.signal()
            assert (
                await asyncio.to_thread(replica.lab_process.process.wait, 20) == 0
            ), replica.lab_process.log.read_text()
            assert PASSWORD not in replica.lab_process.log.read_text()
            assert "Traceback" not in replica.lab_process.log.read_text()


async def test_processes_share_a_limit(lab: LabProject, shared: Redis, tmp_path: Path) -> None:
    """Calls at one replica count at the other too, for declared rates and for RATE_LIMIT."""
    settings = {"RATE_LIMIT_REDIS_URL": shared.url, "RATE_LIMIT": "0.01", "RATE_LIMIT_BURST": "40"}
    async with replicas(lab, tmp_path, 2, **settings) as (one, other):
        assert await one.ends(2) == {"OK": 2}
        assert await other.ends(2) == {"OK": 1, "RESOURCE_EXHAUSTED": 1}
        assert await one.ends(1) == {"RESOURCE_EXHAUSTED": 1}
        # Many at once are asked for together, and counted one by one.
        some = await asyncio.gather(*(replica.ends(10, "Lab/One") for replica in (one, other) for _ in range(3)))
        assert sum(some, Counter()) == {"OK": 40, "RESOURCE_EXHAUSTED": 20}
        assert one.said(LOST) == other.said(LOST) == 0


async def test_a_secret_file_names_it(lab: LabProject, shared: Redis, tmp_path: Path) -> None:
    """RATE_LIMIT_REDIS_URL_FILE works too, as for every secret."""
    (tmp_path / "url").write_text(shared.url + "\n")
    async with replicas(lab, tmp_path, 2, RATE_LIMIT_REDIS_URL_FILE=str(tmp_path / "url")) as (one, other):
        assert await one.ends(3) == {"OK": 3}
        assert await other.ends(1) == {"RESOURCE_EXHAUSTED": 1}


WITHOUT: dict[str, tuple[str, dict[str, int]]] = {
    "let through": ("open", {"OK": 6}),
    "each process for itself": ("local", {"OK": 3, "RESOURCE_EXHAUSTED": 3}),
    "refused": ("closed", {"UNAVAILABLE": 6}),
}


@pytest.mark.parametrize("what", WITHOUT)
async def test_redis_dies_and_returns(lab: LabProject, shared: Redis, tmp_path: Path, what: str) -> None:
    """Without Redis, limited calls end as RATE_LIMIT_REDIS_FAILURE says, all others as ever; then it is shared again."""
    failure, ends = WITHOUT[what]
    settings = {"RATE_LIMIT_REDIS_URL": shared.url, "RATE_LIMIT_REDIS_FAILURE": failure}
    async with replicas(lab, tmp_path, 2, **settings) as both:
        one, other = both
        assert await one.ends(4) == {"OK": 3, "RESOURCE_EXHAUSTED": 1}
        shared.kill()
        for replica in both:
            assert await replica.ends(6) == ends
            await replica.says(LOST)
            assert await replica.ends(5, "Lab/One") == {"OK": 5}
            assert await health(replica.channel) == "SERVING"
        shared.start()
        for replica in both:
            await replica.says(FOUND)
        assert await one.ends(3) == {"OK": 3}
        assert await other.ends(1) == {"RESOURCE_EXHAUSTED": 1}
        assert [(replica.said(LOST), replica.said(FOUND)) for replica in both] == [(1, 1), (1, 1)]
        (line,) = [line for line in one.lab_process.events() if line["event"] == LOST]
        assert (line["level"], line["failure_mode"]) == ("warning", failure)


async def test_a_redis_that_hangs_delays_no_call(lab: LabProject, shared: Redis, tmp_path: Path) -> None:
    """The first call waits for a moment, all others not at all; that it hangs is said once, and so is its return."""
    settings = {"RATE_LIMIT_REDIS_URL": shared.url, "RATE_LIMIT_REDIS_TIMEOUT": "0.2"}
    async with replicas(lab, tmp_path, 1, **settings) as (one,):
        assert await one.ends(4) == {"OK": 3, "RESOURCE_EXHAUSTED": 1}
        shared.hang()
        times = []
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            before = time.monotonic()
            assert await one.ends(1) == {"OK": 1}
            times.append(time.monotonic() - before)
            await asyncio.sleep(0.005)
        assert times[0] > 0.1
        assert max(times) < 1
        assert sorted(times)[len(times) // 2] < 0.02
        assert one.said(LOST) == 1
        shared.go_on()
        await one.says(FOUND)
        assert await one.ends(1) == {"RESOURCE_EXHAUSTED": 1}


async def test_a_wrong_password_is_reported(lab: LabProject, shared: Redis, tmp_path: Path) -> None:
    """A Redis that does not let us in counts as away from the start, and the log says why."""
    url = shared.url.replace(PASSWORD, "guess")
    async with replicas(lab, tmp_path, 1, RATE_LIMIT_REDIS_URL=url) as (one,):
        await one.says(LOST)
        assert await one.ends(4) == {"OK": 4}
        (line,) = [line for line in one.lab_process.events() if line["event"] == LOST]
        assert line["reason"].startswith("AuthenticationError: ")
        assert "guess" not in one.lab_process.log.read_text()


async def test_callers_who_give_up_break_nothing(lab: LabProject, shared: Redis) -> None:
    """Calls that are cancelled while Redis is asked leave the one connection as it is, and no call behind them waits."""
    settings: dict[str, Any] = {"rate_limit_redis_url": shared.url, "rate_limit": 0.001, "rate_limit_burst": 10_000}
    settings |= {"rate_limit_redis_timeout": 1}
    async with lab.running(**settings) as lab_server:
        ask = lab_server.ask(what="answer")
        assert (await lab_server.end("Lab/One", ask)).name == "OK"
        for _ in range(20):
            calls = [lab_server.call("Lab/One", ask) for _ in range(20)]
            await asyncio.sleep(0.001)
            for call in calls[::2]:
                call.cancel()
            ends = await asyncio.gather(*(finish(call) for call in calls[1::2]))
            assert {end.name for end in ends} == {"OK"}
        assert shared.connections() == 1


async def test_a_process_that_stands_still_does_not_blame_redis(lab: LabProject, shared: Redis) -> None:
    """When this process had no CPU for longer than calls wait, answers that came meanwhile still count."""
    settings = lab.module("settings").Settings(rate_limit_redis_failure="closed")
    buckets = lab.module("runtime.redis.buckets").RedisBuckets(SecretStr(shared.url), settings)
    await buckets.open("lab")
    limit = lab.module("runtime.core.token_bucket").Limit.of("", 0.01, 3)
    assert await buckets.take(limit, "alice") == 0
    for _ in range(2):
        asking = asyncio.ensure_future(buckets.take(limit, "alice"))
        await asyncio.sleep(0.0001)
        time.sleep(0.2)
        assert await asking == 0
    assert await buckets.take(limit, "alice") > 0
    await buckets.close()


async def test_any_caller_has_a_bucket(lab: LabProject, shared: Redis) -> None:
    """A subject that cannot be encoded has a limit too, and does not count as a failure of Redis."""
    settings = lab.module("settings").Settings(rate_limit_redis_failure="closed", rate_limit_redis_timeout=1)
    buckets = lab.module("runtime.redis.buckets").RedisBuckets(SecretStr(shared.url), settings)
    await buckets.open("lab")
    limit = lab.module("runtime.core.token_bucket").Limit.of("", 0.01, 1)
    for caller in ("\ud800", "", "a b\r\nPING", "x" * 100_000):
        assert await buckets.take(limit, caller) == 0
        assert 95_000_000 < await buckets.take(limit, caller) <= 100_000_000
    await buckets.close()


# ---------------------------------------------------------------------------------------- settings


def check_config(lab: LabProject, folder: Path, **settings: str) -> Finished:
    """Run the service with ``--check-config``; modules in the folder go before those that are installed."""
    path = f"{folder}:{lab.folder / 'src'}"
    return run([sys.executable, "-m", "lab", "--check-config"], folder, {"PYTHONPATH": path, **settings})


def test_it_is_imported_only_where_it_is_set(lab: LabProject, tmp_path: Path) -> None:
    """A service without RATE_LIMIT_REDIS_URL does without redis; with it, the service says what to install."""
    (tmp_path / "redis.py").write_text("raise ModuleNotFoundError('there is none', name='redis')\n")
    assert check_config(lab, tmp_path).returncode == 0
    done = check_config(lab, tmp_path, RATE_LIMIT_REDIS_URL="redis://h")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "RATE_LIMIT_REDIS_URL is set, and redis is not installed: "
        "install this project with its extra (pip install '.[redis]').\n"
    )


NO_URLS = ["http://:hunter2@h", f"redis://:{PASSWORD}/x@h", f"redis://:{PASSWORD}@h:port"]


@pytest.mark.parametrize("url", NO_URLS)
def test_what_is_no_url_is_one_line(lab: LabProject, tmp_path: Path, url: str) -> None:
    """It names the variable and shows what is wanted, and nothing of what was given."""
    done = check_config(lab, tmp_path, RATE_LIMIT_REDIS_URL=url)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("RATE_LIMIT_REDIS_URL: must be redis://")
    assert done.stderr.count("\n") == 1
    assert PASSWORD not in done.stderr
