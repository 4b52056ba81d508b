"""Several processes behind one port: WORKERS."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import grpc
import pytest

from tests.server.laboratory import Laboratory, There, finish, scrape, start, until
from tests.server.test_rolling import free_ports
from tests.support.command import environment, run

WORKERS = 3


@pytest.fixture
def there(laboratory: Laboratory, tmp_path: Path) -> Iterator[There]:
    """A service of three processes, all of them listening."""
    with laboratory.process(tmp_path / "log", WORKERS=str(WORKERS), LOG_LEVEL="WARNING", SHUTDOWN_GRACE="5") as process:
        wait_for(process, WORKERS)
        yield process


def wait_for(there: There, count: int, event: str = "listening") -> None:
    """Wait until so many lines have been logged."""
    end = time.monotonic() + 30
    while len([line for line in there.events() if line["event"] == event]) < count:
        assert time.monotonic() < end, there.log.read_text()
        time.sleep(0.02)


def new_channel(there: There) -> grpc.aio.Channel:
    """A connection of its own."""
    return grpc.aio.insecure_channel(f"127.0.0.1:{there.port()}", options=[("grpc.use_local_subchannel_pool", 1)])


async def pids(laboratory: Laboratory, there: There, calls: int = 40) -> set[int]:
    """The processes that answer, asked over many connections."""

    async def one() -> int:
        async with new_channel(there) as channel:
            end = await finish(start(laboratory, channel, "Lab/One", laboratory.pb2.Ask(what="pid")))
            return int(end.responses[0].count) if end.responses else 0

    return set(await asyncio.gather(*(one() for _ in range(calls)))) - {0}


async def test_calls_spread_over_the_processes(laboratory: Laboratory, there: There) -> None:
    """Connections land in each of them, and none of them is the parent."""
    found = await pids(laboratory, there)
    assert len(found) == WORKERS
    assert there.process.pid not in found


async def test_each_has_its_own_metrics(laboratory: Laboratory, there: There) -> None:
    """Every line of the log has a worker's number; each serves its own metrics, which add up."""
    await pids(laboratory, there, 30)
    lines = [line for line in there.events() if line["event"] == "listening"]
    assert sorted(line["worker"] for line in lines) == list(range(WORKERS))
    assert len({line["grpc"] for line in lines}) == 1
    counts = [(await scrape(line["metrics"])).value("rpc_server_call_duration_seconds_count") for line in lines]
    assert sum(counts) == 30
    assert min(counts) > 0


async def test_one_that_dies_is_replaced(laboratory: Laboratory, there: There) -> None:
    """After a moment there are as many as before; the others have not noticed."""
    before = await pids(laboratory, there)
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    wait_for(there, WORKERS + 1)
    after = await pids(laboratory, there)
    assert len(after) == WORKERS
    assert before - after == {killed}
    (line,) = (line for line in there.events() if line["event"] == "worker died")
    assert line["code"] == -signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_all_stop_in_good_order(laboratory: Laboratory, there: There, number: signal.Signals) -> None:
    """A signal to the parent reaches all of them; calls in flight complete, and nothing is left."""
    found = await pids(laboratory, there)
    slow = laboratory.pb2.Ask(what="sleep", count=1500)
    async with new_channel(there) as one, new_channel(there) as two, new_channel(there) as three:
        calls = [start(laboratory, channel, "Lab/One", slow) for channel in (one, two, three) for _ in range(5)]
        ends = [asyncio.ensure_future(finish(call)) for call in calls]
        await asyncio.sleep(0.7)
        there.signal(number)
        assert {end.name for end in await asyncio.gather(*ends)} == {"OK"}
    assert await asyncio.to_thread(there.process.wait, 20) == 0, there.log.read_text()
    assert len([line for line in there.events() if line["event"] == "stopped"]) == WORKERS
    assert not any(map(is_running, found))


async def test_a_second_signal_ends_all_at_once(laboratory: Laboratory, there: There) -> None:
    """Nobody waits for the grace, and the exit code says so."""
    async with new_channel(there) as channel:
        call = start(laboratory, channel, "Lab/One", laboratory.pb2.Ask(what="sleep", count=60_000), timeout=60)
        reading = asyncio.ensure_future(finish(call))
        await asyncio.sleep(0.7)
        there.signal()
        wait_for(there, WORKERS, "stopping")
        before = time.monotonic()
        there.signal()
        assert await asyncio.to_thread(there.process.wait, 20) == 128 + signal.SIGTERM
        assert time.monotonic() - before < 2
        await reading


async def test_nobody_is_left_without_the_parent(laboratory: Laboratory, there: There) -> None:
    """When the parent is killed, its workers stop by themselves."""
    found = await pids(laboratory, there)
    there.process.kill()
    await until(lambda: not any(map(is_running, found)), within=10)


def is_running(pid: int) -> bool:
    """Whether there is a process; one that only waits to be collected does not count."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@contextmanager
def taken(port: int) -> Iterator[None]:
    """Somebody else listens."""
    with socket.create_server(("127.0.0.1", port)):
        yield


@pytest.mark.parametrize("variable", ["GRPC_PORT", "METRICS_PORT", "HEALTH_PORT"])
def test_a_port_that_is_taken(laboratory: Laboratory, tmp_path: Path, variable: str) -> None:
    """One sentence on the error stream, once, and 2 as exit code; for ports of single workers too."""
    port = _neighbours()
    settings = {"GRPC_PORT": "0", "METRICS_PORT": "0", "HEALTH_PORT": "0", variable: str(port), "WORKERS": "2"}
    second = port if variable == "GRPC_PORT" else port + 1
    with taken(second):
        env = environment({"PYTHONPATH": str(laboratory.folder / "src"), **settings})
        done = run([*_COMMAND], tmp_path, env)
    words = "GRPC_PORT or GRPC_HOST" if variable == "GRPC_PORT" else variable
    assert done.returncode == 2, done.said
    assert done.stderr.startswith(f"127.0.0.1:{second} is taken or not an address of this machine: change {words}")
    assert done.stderr.count("\n") == 1


_COMMAND = ("python", "-m", "lab")


def _neighbours() -> int:
    """A free port whose next one is free too."""
    while True:
        (port,) = free_ports(1)
        with suppress(OSError), ExitStack() as stack:
            for number in (port, port + 1):
                stack.enter_context(socket.create_server(("127.0.0.1", number)))
            return port


def test_two_services_do_not_share_a_port(laboratory: Laboratory, there: There, tmp_path: Path) -> None:
    """A second service is refused the port, whether it has workers or not, though the workers share it."""
    for workers in ("1", "2"):
        given = {"GRPC_PORT": str(there.port()), "METRICS_PORT": "0", "WORKERS": workers}
        done = run(_COMMAND, tmp_path, environment({"PYTHONPATH": str(laboratory.folder / "src"), **given}))
        assert done.returncode == 2, done.said
        assert "is taken" in done.stderr
        assert done.stderr.count("\n") == 1
