"""The health service, which probes and load balancers call."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2

from tests.server.harness import LabProject, LabServer, watch

SERVICES = ("lab.v1.Lab", "lab.v1.Vault", "lab.v1.Desk")
NAMES = ("", *SERVICES, "liveness")


class Dependency:
    """Something that is there or not, as a test says."""

    def __init__(self, lab_process: bool = True) -> None:
        self.lab_process = lab_process
        self.pings = 0

    async def ping(self) -> None:
        """Raise ConnectionError while it is down."""
        self.pings += 1
        if not self.lab_process:
            raise ConnectionError("connection refused")


def check(lab: LabProject, name: str, ping: Callable[[], Awaitable[object]], **given: Any) -> Any:
    """A check that is asked often."""
    dependency_check = lab.module("runtime.server").DependencyCheck
    return dependency_check(name, ping, **{"interval": 0.02, "timeout": 0.1, **given})


async def statuses(lab_server: LabServer) -> dict[str, bool]:
    """Which names are SERVING."""
    return {name: await lab_server.health(name) == "SERVING" for name in NAMES}


def serving(*names: str) -> dict[str, bool]:
    """Only these names are."""
    return {name: name in names for name in NAMES}


async def until_statuses(lab_server: LabServer, wanted: dict[str, bool]) -> None:
    """Wait until the names have these statuses."""
    for _ in range(500):
        if (found := await statuses(lab_server)) == wanted:
            return
        await asyncio.sleep(0.01)
    assert found == wanted


async def test_without_checks_everything_serves(lab: LabProject) -> None:
    """A service that depends on nothing is SERVING as soon as it listens."""
    async with lab.running() as lab_server:
        assert await statuses(lab_server) == serving(*NAMES)


async def test_a_failing_dependency_takes_everything_down_and_back(lab: LabProject) -> None:
    """A failing check turns the server and its services NOT_SERVING, and SERVING again; liveness stays."""
    database = Dependency()
    async with lab.running(checks=[check(lab, "database", database.ping)]) as lab_server:
        assert await statuses(lab_server) == serving(*NAMES)
        for _ in range(2):
            database.lab_process = False
            await until_statuses(lab_server, serving("liveness"))
            database.lab_process = True
            await until_statuses(lab_server, serving(*NAMES))


async def test_only_the_services_that_need_it_stop(lab: LabProject) -> None:
    """A check that names services affects these; the server serves as long as one service does."""
    first, second = Dependency(), Dependency()
    checks = [
        check(lab, "first", first.ping, services=["lab.v1.Lab", "lab.v1.Desk"]),
        check(lab, "second", second.ping, services=["lab.v1.Desk", "lab.v1.Vault", "lab.v1.Booth"]),
    ]
    async with lab.running(checks=checks) as lab_server:
        first.lab_process = False
        await until_statuses(lab_server, serving("", "lab.v1.Vault", "liveness"))
        second.lab_process = False
        await until_statuses(lab_server, serving("liveness"))
        first.lab_process = True
        await until_statuses(lab_server, serving("", "lab.v1.Lab", "liveness"))
        second.lab_process = True
        await until_statuses(lab_server, serving(*NAMES))


async def test_not_serving_until_a_check_has_passed(lab: LabProject) -> None:
    """A service that starts without its database listens, is NOT_SERVING, and serves once it is there."""
    database = Dependency(lab_process=False)
    async with lab.running(checks=[check(lab, "database", database.ping)]) as lab_server:
        assert await statuses(lab_server) == serving("liveness")
        database.lab_process = True
        await until_statuses(lab_server, serving(*NAMES))


async def test_a_ping_that_hangs_is_a_failure(lab: LabProject) -> None:
    """A check has a time limit, and one that hangs holds up neither the start nor other checks."""

    async def hang() -> None:
        await asyncio.sleep(3600)

    other = Dependency()
    checks = [
        check(lab, "hanging", hang, services=["lab.v1.Lab"]),
        check(lab, "other", other.ping, services=["lab.v1.Vault"]),
    ]
    begin = asyncio.get_running_loop().time()
    async with lab.running(checks=checks) as lab_server:
        assert asyncio.get_running_loop().time() - begin < 5
        assert await statuses(lab_server) == serving("", "lab.v1.Vault", "lab.v1.Desk", "liveness")
        pings = other.pings
        await asyncio.sleep(0.3)
        assert other.pings > pings + 2


async def test_checks_end_with_the_server(lab: LabProject) -> None:
    """Nothing is asked any more once the service has stopped, and no task is left."""
    database = Dependency()
    before = len(asyncio.all_tasks())
    async with lab.running(checks=[check(lab, "database", database.ping)]):
        pass
    pings = database.pings
    await asyncio.sleep(0.1)
    assert database.pings == pings
    assert len(asyncio.all_tasks()) <= before


async def test_every_watcher_hears_of_every_change(lab: LabProject) -> None:
    """Several watchers of one service get its status at once and whenever it changes."""
    database = Dependency()
    async with lab.running(checks=[check(lab, "database", database.ping)]) as lab_server:
        watchers = [watch(lab_server.channel, "lab.v1.Lab") for _ in range(3)]
        for lab_process in (True, False, True):
            database.lab_process = lab_process
            for watcher in watchers:
                reply = await watcher.read()
                assert (reply.status == health_pb2.HealthCheckResponse.SERVING) == lab_process
        for watcher in watchers:
            watcher.cancel()


async def test_names_that_are_not_here(lab: LabProject) -> None:
    """Check says NOT_FOUND; Watch says SERVICE_UNKNOWN and stays open."""
    async with lab.running() as lab_server:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await lab_server.health("lab.v1.Nobody")
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
        watcher = watch(lab_server.channel, "lab.v1.Nobody")
        assert (await watcher.read()).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
        assert not watcher.done()
        watcher.cancel()


async def test_a_full_server_still_answers_probes(lab: LabProject) -> None:
    """MAX_CONCURRENT_RPCS does not count health checks: an overloaded server is not killed for it."""
    async with lab.running(max_concurrent_rpcs=1) as lab_server:
        busy = lab_server.call("Lab/Many", lab_server.ask(what="flood"))
        await busy.read()
        assert (await lab_server.end("Lab/One", lab_server.ask(what="answer"))).name == "RESOURCE_EXHAUSTED"
        assert await statuses(lab_server) == serving(*NAMES)
        busy.cancel()


WRONG: dict[str, tuple[list[tuple[str, list[str]]], str]] = {
    "no such service": ([("a", ["lab.v1.Labb"])], "'a' in app.py names the service lab.v1.Labb"),
    "one name twice": ([("a", []), ("a", [])], "two checks named 'a'"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_wrong_checks_stop_the_start(lab: LabProject, case: str) -> None:
    """A check that could never have an effect is a mistake, and the start says which."""
    given, words = WRONG[case]
    checks = [check(lab, name, Dependency().ping, services=services) for name, services in given]
    with pytest.raises(lab.module("runtime.server").StartError, match=words):
        async with lab.running(checks=checks):
            pass
