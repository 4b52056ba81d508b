"""The client for code without async."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client.harness import DepotProject
from tests.server.harness import ServerProcess
from tests.support.command import environment, run


@pytest.fixture
def depot_process(depot: DepotProject, tmp_path: Path) -> Iterator[ServerProcess]:
    """The service in a process of its own: these tests keep their own thread busy."""
    with depot.process(tmp_path / "log") as process:
        yield process


def test_all_four_kinds(depot: DepotProject, depot_process: ServerProcess) -> None:
    """Calls return, streams are iterators, iterables are streams, errors are the same classes."""
    with depot.sync(f"127.0.0.1:{depot_process.port()}") as client:
        assert client.put(what="hello").text == "hello"
        assert client.put(depot.parcel(what="hello")).text == "hello"
        assert [reply.count for reply in client.watch(number=2, what="x")][:2] == [0, 1]
        assert [len(batch) for batch in client.watch(number=5, what="x").batches(4)] == [4, 2]
        assert client.put_all(depot.parcel() for _ in range(3)).count == 3
        assert [reply.text for reply in client.talk([depot.parcel(what="a"), depot.parcel(what="b")])] == ["a", "b"]
        with client.talk() as talk:
            talk.send(what="a")
            assert next(talk).text == "a"
            talk.close_send()
            assert list(talk) == []
        with pytest.raises(depot.errors.NotFound) as caught:
            client.put(what="missing")
        assert caught.value.name == "7"
        with pytest.raises(depot.errors.DeadlineExceeded):
            client.put(what="sleep", number=5, timeout=0.1)


def test_a_source_that_takes_its_time(depot: DepotProject, depot_process: ServerProcess) -> None:
    """An iterable that blocks, or raises, stops nothing but its own call."""

    answered = threading.Event()

    def slowly() -> Iterator[Any]:
        for _ in range(3):
            assert answered.wait(30), "the other call was not answered meanwhile"
            yield depot.parcel(what="on")

    def broken() -> Iterator[Any]:
        yield depot.parcel(what="on")
        raise LookupError("the file is gone")

    with depot.sync(f"127.0.0.1:{depot_process.port()}") as client:
        answers: list[Any] = []
        thread = threading.Thread(target=lambda: answers.append(client.put_all(slowly())))
        thread.start()
        assert client.find(what="x").text == "x"
        answered.set()
        thread.join()
        assert answers[0].count == 3
        with pytest.raises(LookupError, match="the file is gone"):
            client.put_all(broken())


def test_many_threads(depot: DepotProject, depot_process: ServerProcess) -> None:
    """One client serves several threads at once."""
    with depot.sync(f"127.0.0.1:{depot_process.port()}") as client:
        started = time.monotonic()
        calls = [
            threading.Thread(target=client.find, kwargs={"what": "sleep", "number": 1}, daemon=True) for _ in range(8)
        ]
        for call in calls:
            call.start()
        for call in calls:
            call.join()
        assert time.monotonic() - started < 6


def test_streams_that_are_left(depot: DepotProject, depot_process: ServerProcess) -> None:
    """By break and by forgetting them: nothing is left in progress."""
    with depot.sync(f"127.0.0.1:{depot_process.port()}") as client:
        for _ in client.watch(number=1_000_000):
            break
        with client.watch(number=1_000_000) as stream:
            next(stream)
        metrics = client._client._rpcs["watch"].metrics
        end = time.monotonic() + 5
        while metrics.running and time.monotonic() < end:
            time.sleep(0.01)
        assert metrics.running == 0


def test_closing_ends_the_thread(depot: DepotProject, depot_process: ServerProcess) -> None:
    """Nothing runs on, closing twice does nothing, and a call afterwards says so."""
    before = threading.active_count()
    client = depot.sync(f"127.0.0.1:{depot_process.port()}")
    assert client.find(what="x").text == "x"
    client.close()
    client.close()
    assert threading.active_count() <= before + 1  # grpc's own, once in a process
    with pytest.raises(RuntimeError, match="the client is closed"):
        client.find(what="x")


def test_a_client_that_cannot_be_made(depot: DepotProject) -> None:
    """The reason comes out, and no thread stays behind."""
    before = threading.active_count()
    tls = depot.module("runtime.client").Tls("none.pem")
    with pytest.raises(FileNotFoundError):
        depot.module("gen.clients").DepotClient.sync("localhost:1", tls=tls)
    assert threading.active_count() == before


async def test_inside_of_a_loop(depot: DepotProject, depot_process: ServerProcess) -> None:
    """A notebook has a loop of its own running: it works all the same."""
    with depot.sync(f"127.0.0.1:{depot_process.port()}") as client:
        assert client.find(what="x").text == "x"
    assert asyncio.get_running_loop().is_running()


_SCRIPT = """
import sys
from depot.gen.clients import DepotClient

client = DepotClient.sync(sys.argv[1])
print(client.find(what="hello").text, flush=True)
"""


def test_a_script_that_forgets_to_close(depot: DepotProject, depot_process: ServerProcess, tmp_path: Path) -> None:
    """It ends all the same, and says nothing."""
    variables = {"PYTHONPATH": str(depot.folder / "src")}
    done = run(["python", "-c", _SCRIPT, f"127.0.0.1:{depot_process.port()}"], tmp_path, variables, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello\n", "")


def test_ctrl_c_cancels_the_call(depot: DepotProject, depot_process: ServerProcess, tmp_path: Path) -> None:
    """The script ends at once, with KeyboardInterrupt."""
    # As at a terminal: what is started in the background, as these tests may be, inherits deaf ears.
    hearing = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code = hearing + _SCRIPT + "client.find(what='sleep', number=20)\n"
    variables = environment({"PYTHONPATH": str(depot.folder / "src")})
    command = [sys.executable, "-c", code, f"127.0.0.1:{depot_process.port()}"]
    with subprocess.Popen(
        command, env=variables, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as script:
        assert script.stdout is not None
        assert script.stdout.readline() == b"hello\n"
        time.sleep(0.3)
        started = time.monotonic()
        script.send_signal(signal.SIGINT)
        _, said = script.communicate(timeout=10)
    assert time.monotonic() - started < 5
    assert b"KeyboardInterrupt" in said
