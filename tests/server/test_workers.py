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

from tests.server.harness import LabProject, ServerProcess, finish, scrape, start, until
from tests.server.test_rolling import free_ports
from tests.support.command import environment, run

WORKERS = 3


@pytest.fixture
def lab_process(lab: LabProject, tmp_path: Path) -> Iterator[ServerProcess]:
    """A service of three processes, all of them listening."""
    with lab.process(tmp_path / "log", WORKERS=str(WORKERS), LOG_LEVEL="WARNING", SHUTDOWN_GRACE="5") as process:
        wait_for(process, WORKERS)
        yield process


def wait_for(lab_process: ServerProcess, count: int, event: str = "listening") -> None:
    """Wait until so many lines have been logged."""
    end = time.monotonic() + 30
    while len([line for line in lab_process.events() if line["event"] == event]) < count:
        assert time.monotonic() < end, lab_process.log.read_text()
        time.sleep(0.02)


def new_channel(lab_process: ServerProcess) -> grpc.aio.Channel:
    """A connection of its own."""
    return grpc.aio.insecure_channel(f"127.0.0.1:{lab_process.port()}", options=[("grpc.use_local_subchannel_pool", 1)])


async def pids(lab: LabProject, lab_process: ServerProcess, calls: int = 40) -> set[int]:
    """The processes that answer, asked over many connections."""

    async def one() -> int:
        async with new_channel(lab_process) as channel:
            end = await finish(start(lab, channel, "Lab/One", lab.pb2.Ask(what="pid")))
            return int(end.responses[0].count) if end.responses else 0

    return set(await asyncio.gather(*(one() for _ in range(calls)))) - {0}


async def test_calls_spread_over_the_processes(lab: LabProject, lab_process: ServerProcess) -> None:
    """Connections land in each of them, and none of them is the parent."""
    found = await pids(lab, lab_process)
    assert len(found) == WORKERS
    assert lab_process.process.pid not in found


async def test_each_has_its_own_metrics(lab: LabProject, lab_process: ServerProcess) -> None:
    """Every line of the log has a worker's number; each serves its own metrics, which add up."""
    await pids(lab, lab_process, 30)
    lines = [line for line in lab_process.events() if line["event"] == "listening"]
    assert sorted(line["worker"] for line in lines) == list(range(WORKERS))
    assert len({line["grpc"] for line in lines}) == 1
    counts = [(await scrape(line["metrics"])).value("rpc_server_call_duration_seconds_count") for line in lines]
    assert sum(counts) == 30
    assert min(counts) > 0


async def test_one_that_dies_is_replaced(lab: LabProject, lab_process: ServerProcess) -> None:
    """After a moment there are as many as before; the others have not noticed."""
    before = await pids(lab, lab_process)
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    wait_for(lab_process, WORKERS + 1)
    after = await pids(lab, lab_process)
    assert len(after) == WORKERS
    assert before - after == {killed}
    (line,) = (line for line in lab_process.events() if line["event"] == "worker died")
    assert line["code"] == -signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_all_stop_in_good_order(lab: LabProject, lab_process: ServerProcess, number: signal.Signals) -> None:
    """A signal to the parent reaches all of them; calls in flight complete, and nothing is left."""
    found = await pids(lab, lab_process)
    slow = lab.pb2.Ask(what="sleep", count=1500)
    async with new_channel(lab_process) as one, new_channel(lab_process) as two, new_channel(lab_process) as three:
        calls = [start(lab, channel, "Lab/One", slow) for channel in (one, two, three) for _ in range(5)]
        ends = [asyncio.ensure_future(finish(call)) for call in calls]
        await asyncio.sleep(0.7)
        lab_process.signal(number)
        assert {end.name for end in await asyncio.gather(*ends)} == {"OK"}
    assert await asyncio.to_thread(lab_process.process.wait, 20) == 0, lab_process.log.read_text()
    assert len([line for line in lab_process.events() if line["event"] == "stopped"]) == WORKERS
    assert not any(map(is_running, found))


async def test_a_second_signal_ends_all_at_once(lab: LabProject, lab_process: ServerProcess) -> None:
    """All processes end without the grace period, and the exit code shows that."""
    async with new_channel(lab_process) as channel:
        call = start(lab, channel, "Lab/One", lab.pb2.Ask(what="sleep", count=60_000), timeout=60)
        reading = asyncio.ensure_future(finish(call))
        await asyncio.sleep(0.7)
        lab_process.signal()
        wait_for(lab_process, WORKERS, "stopping")
        before = time.monotonic()
        lab_process.signal()
        assert await asyncio.to_thread(lab_process.process.wait, 20) == 128 + signal.SIGTERM
        assert time.monotonic() - before < 2
        await reading


async def test_workers_exit_with_their_supervisor(lab: LabProject, lab_process: ServerProcess) -> None:
    """When the parent is killed, its workers stop by themselves."""
    found = await pids(lab, lab_process)
    lab_process.process.kill()
    await until(lambda: not any(map(is_running, found)), within=10)


def is_running(pid: int) -> bool:
    """Whether there is a process; one that only waits to be collected does not count."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@contextmanager
def taken(port: int) -> Iterator[None]:
    """Occupy a port."""
    with socket.create_server(("127.0.0.1", port)):
        yield


@pytest.mark.parametrize("variable", ["GRPC_PORT", "METRICS_PORT", "HEALTH_PORT"])
def test_a_port_that_is_taken(lab: LabProject, tmp_path: Path, variable: str) -> None:
    """One sentence on the error stream, once, and 2 as exit code; for ports of single workers too."""
    port = _neighbours()
    settings = {"GRPC_PORT": "0", "METRICS_PORT": "0", "HEALTH_PORT": "0", variable: str(port), "WORKERS": "2"}
    second = port if variable == "GRPC_PORT" else port + 1
    with taken(second):
        env = environment({"PYTHONPATH": str(lab.folder / "src"), **settings})
        done = run([*_COMMAND], tmp_path, env)
    words = "GRPC_PORT or GRPC_HOST" if variable == "GRPC_PORT" else variable
    assert done.returncode == 2, done.said
    assert done.stderr.startswith(f"127.0.0.1:{second} is in use or not an address of this machine: change {words}")
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


def test_two_services_do_not_share_a_port(lab: LabProject, lab_process: ServerProcess, tmp_path: Path) -> None:
    """A second service is refused the port, whether it has workers or not, though the workers share it."""
    for workers in ("1", "2"):
        given = {"GRPC_PORT": str(lab_process.port()), "METRICS_PORT": "0", "WORKERS": workers}
        done = run(_COMMAND, tmp_path, environment({"PYTHONPATH": str(lab.folder / "src"), **given}))
        assert done.returncode == 2, done.said
        assert "is in use" in done.stderr
        assert done.stderr.count("\n") == 1
