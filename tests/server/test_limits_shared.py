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
from tests.server.laboratory import Laboratory, There, finish, health, start
from tests.server.redis_server import PASSWORD, Redis
from tests.support.command import Finished, run

LOST, FOUND = "rate limits are not shared: Redis is away", "rate limits are shared again"


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Redis]:
    """A Redis that answers."""
    with redis_server.running(tmp_path) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Replica:
    """One process of the service, and a channel to it."""

    laboratory: Laboratory
    there: There
    channel: grpc.aio.Channel

    async def ends(self, calls: int, method: str = "Booth/Dial") -> Counter[str]:
        """How many of so many calls, one behind the other, ended how."""
        ask = self.laboratory.pb2.Ask(what="answer")
        made = [await finish(start(self.laboratory, self.channel, method, ask)) for _ in range(calls)]
        return Counter(end.name for end in made)

    def said(self, event: str) -> int:
        """How often it logged something."""
        return [line["event"] for line in self.there.events()].count(event)

    async def says(self, event: str) -> None:
        """Wait until it logs something."""
        await asyncio.to_thread(self.there.wait_for, event)


@asynccontextmanager
async def replicas(laboratory: Laboratory, folder: Path, count: int, **settings: str) -> AsyncIterator[list[Replica]]:
    """So many processes of the service; none of them ever says the password, and all end well."""
    async with AsyncExitStack() as stack:
        found = []
        for number in range(count):
            log = folder / f"{number}.log"
            # The machine may be busy.
            patient = {"RATE_LIMIT_REDIS_TIMEOUT": "1", **settings}
            there = stack.enter_context(laboratory.process(log, **patient))
            channel = grpc.aio.insecure_channel(f"127.0.0.1:{there.port()}")
            found.append(Replica(laboratory, there, await stack.enter_async_context(channel)))
        yield found
        for replica in found:
            replica.there.signal()
            assert await asyncio.to_thread(replica.there.process.wait, 20) == 0, replica.there.log.read_text()
            assert PASSWORD not in replica.there.log.read_text()
            assert "Traceback" not in replica.there.log.read_text()


async def test_processes_share_a_limit(laboratory: Laboratory, shared: Redis, tmp_path: Path) -> None:
    """What a caller used up at one replica is gone at the other, for declared rates and for RATE_LIMIT."""
    settings = {"RATE_LIMIT_REDIS_URL": shared.url, "RATE_LIMIT": "0.01", "RATE_LIMIT_BURST": "40"}
    async with replicas(laboratory, tmp_path, 2, **settings) as (one, other):
        assert await one.ends(2) == {"OK": 2}
        assert await other.ends(2) == {"OK": 1, "RESOURCE_EXHAUSTED": 1}
        assert await one.ends(1) == {"RESOURCE_EXHAUSTED": 1}
        # Many at once are asked for together, and counted one by one.
        some = await asyncio.gather(*(replica.ends(10, "Lab/One") for replica in (one, other) for _ in range(3)))
        assert sum(some, Counter()) == {"OK": 40, "RESOURCE_EXHAUSTED": 20}
        assert one.said(LOST) == other.said(LOST) == 0


async def test_a_secret_file_names_it(laboratory: Laboratory, shared: Redis, tmp_path: Path) -> None:
    """RATE_LIMIT_REDIS_URL_FILE works too, as for every secret."""
    (tmp_path / "url").write_text(shared.url + "\n")
    async with replicas(laboratory, tmp_path, 2, RATE_LIMIT_REDIS_URL_FILE=str(tmp_path / "url")) as (one, other):
        assert await one.ends(3) == {"OK": 3}
        assert await other.ends(1) == {"RESOURCE_EXHAUSTED": 1}


WITHOUT: dict[str, tuple[str, dict[str, int]]] = {
    "let through": ("open", {"OK": 6}),
    "each process for itself": ("local", {"OK": 3, "RESOURCE_EXHAUSTED": 3}),
    "refused": ("closed", {"UNAVAILABLE": 6}),
}


@pytest.mark.parametrize("what", WITHOUT)
async def test_redis_dies_and_returns(laboratory: Laboratory, shared: Redis, tmp_path: Path, what: str) -> None:
    """Without Redis, limited calls end as RATE_LIMIT_REDIS_FAILURE says, all others as ever; then it is shared again."""
    failure, ends = WITHOUT[what]
    settings = {"RATE_LIMIT_REDIS_URL": shared.url, "RATE_LIMIT_REDIS_FAILURE": failure}
    async with replicas(laboratory, tmp_path, 2, **settings) as both:
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
        (line,) = [line for line in one.there.events() if line["event"] == LOST]
        assert (line["level"], line["failing"]) == ("warning", failure)


async def test_a_redis_that_hangs_slows_nobody_down(laboratory: Laboratory, shared: Redis, tmp_path: Path) -> None:
    """The first call waits for a moment, all others not at all; that it hangs is said once, and so is its return."""
    settings = {"RATE_LIMIT_REDIS_URL": shared.url, "RATE_LIMIT_REDIS_TIMEOUT": "0.2"}
    async with replicas(laboratory, tmp_path, 1, **settings) as (one,):
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


async def test_a_wrong_password_is_told(laboratory: Laboratory, shared: Redis, tmp_path: Path) -> None:
    """A Redis that does not let us in counts as away from the start, and the log says why."""
    url = shared.url.replace(PASSWORD, "guess")
    async with replicas(laboratory, tmp_path, 1, RATE_LIMIT_REDIS_URL=url) as (one,):
        await one.says(LOST)
        assert await one.ends(4) == {"OK": 4}
        (line,) = [line for line in one.there.events() if line["event"] == LOST]
        assert line["reason"].startswith("AuthenticationError: ")
        assert "guess" not in one.there.log.read_text()


async def test_callers_who_give_up_break_nothing(laboratory: Laboratory, shared: Redis) -> None:
    """Calls that are cancelled while Redis is asked leave the one connection as it is, and no call behind them waits."""
    settings: dict[str, Any] = {"rate_limit_redis_url": shared.url, "rate_limit": 0.001, "rate_limit_burst": 10_000}
    settings |= {"rate_limit_redis_timeout": 1}
    async with laboratory.running(**settings) as here:
        ask = here.ask(what="answer")
        assert (await here.end("Lab/One", ask)).name == "OK"
        for _ in range(20):
            calls = [here.call("Lab/One", ask) for _ in range(20)]
            await asyncio.sleep(0.001)
            for call in calls[::2]:
                call.cancel()
            ends = await asyncio.gather(*(finish(call) for call in calls[1::2]))
            assert {end.name for end in ends} == {"OK"}
        assert shared.connections() == 1


async def test_a_process_that_stands_still_does_not_blame_redis(laboratory: Laboratory, shared: Redis) -> None:
    """When this process had no CPU for longer than calls wait, answers that came meanwhile still count."""
    settings = laboratory.module("settings").Settings(rate_limit_redis_failure="closed")
    buckets = laboratory.module("runtime.redis.buckets").RedisBuckets("lab", SecretStr(shared.url), settings)
    await buckets.open()
    limit = laboratory.module("runtime.core.token_bucket").Limit.of("", 0.01, 3)
    assert await buckets.take(limit, "alice") == 0
    for _ in range(2):
        asking = asyncio.ensure_future(buckets.take(limit, "alice"))
        await asyncio.sleep(0.0001)
        time.sleep(0.2)
        assert await asking == 0
    assert await buckets.take(limit, "alice") > 0
    await buckets.close()


async def test_any_caller_has_a_bucket(laboratory: Laboratory, shared: Redis) -> None:
    """A subject that cannot be encoded is counted as well, and does not pass for a Redis that is away."""
    settings = laboratory.module("settings").Settings(rate_limit_redis_failure="closed", rate_limit_redis_timeout=1)
    buckets = laboratory.module("runtime.redis.buckets").RedisBuckets("lab", SecretStr(shared.url), settings)
    await buckets.open()
    limit = laboratory.module("runtime.core.token_bucket").Limit.of("", 0.01, 1)
    for caller in ("\ud800", "", "a b\r\nPING", "x" * 100_000):
        assert await buckets.take(limit, caller) == 0
        assert 95_000_000 < await buckets.take(limit, caller) <= 100_000_000
    await buckets.close()


# ---------------------------------------------------------------------------------------- settings


def check_config(laboratory: Laboratory, folder: Path, **settings: str) -> Finished:
    """Run the service with ``--check-config``; modules in the folder go before those that are installed."""
    path = f"{folder}:{laboratory.folder / 'src'}"
    return run([sys.executable, "-m", "lab", "--check-config"], folder, {"PYTHONPATH": path, **settings})


def test_it_is_imported_only_where_it_is_set(laboratory: Laboratory, tmp_path: Path) -> None:
    """A service without RATE_LIMIT_REDIS_URL does without redis; with it, the service says what to install."""
    (tmp_path / "redis.py").write_text("raise ModuleNotFoundError('there is none', name='redis')\n")
    assert check_config(laboratory, tmp_path).returncode == 0
    done = check_config(laboratory, tmp_path, RATE_LIMIT_REDIS_URL="redis://h")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "RATE_LIMIT_REDIS_URL is set, and redis is not installed: "
        "install this project with its extra (pip install '.[redis]').\n"
    )


NO_URLS = ["http://:hunter2@h", f"redis://:{PASSWORD}/x@h", f"redis://:{PASSWORD}@h:port"]


@pytest.mark.parametrize("url", NO_URLS)
def test_what_is_no_url_is_one_line(laboratory: Laboratory, tmp_path: Path, url: str) -> None:
    """It names the variable and shows what is wanted, and nothing of what was given."""
    done = check_config(laboratory, tmp_path, RATE_LIMIT_REDIS_URL=url)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("RATE_LIMIT_REDIS_URL: it has to be redis://")
    assert done.stderr.count("\n") == 1
    assert PASSWORD not in done.stderr
