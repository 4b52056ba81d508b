"""How connections are kept: each setting shows on the wire, and each option that is given to grpc exists."""

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.server.harness import LabProject, LabServer, finish, start, stream
from tests.server.test_pipeline import counted
from tests.server.wire import GOAWAY, MAX_CONCURRENT_STREAMS, MAX_HEADER_LIST_SIZE, PING, SETTINGS, Meter, wire

_OPTION = re.compile(r'"(grpc\.(?!health\.)[a-z0-9_.]+)"')


def options(lab: LabProject) -> list[tuple[str, str]]:
    """(file, option) for each option of grpc that the generated project names."""
    sources = sorted((lab.folder / "src").rglob("*.py"))
    return [(source.name, name) for source in sources for name in _OPTION.findall(source.read_text())]


def test_every_option_exists(lab: LabProject) -> None:
    """grpc ignores options that it does not know, so each of ours has to be a text in its binary."""
    binary = Path(str(sys.modules["grpc._cython.cygrpc"].__file__)).read_bytes()
    assert b"grpc.http2.min_recv_ping_interval_without_data_ms\0" not in binary
    found = options(lab)
    assert {"grpc.so_reuseport", "grpc.keepalive_time_ms", "grpc.max_connection_age_ms"} <= {name for _, name in found}
    assert [(file, name) for file, name in found if name.encode() + b"\0" not in binary] == []


async def test_the_settings_of_a_connection(lab: LabProject) -> None:
    """The limits of streams and of metadata are in the server's SETTINGS, so that clients can keep to them."""
    limits: dict[str, Any] = {"max_concurrent_streams": 77, "max_metadata_bytes": 12345}
    async with lab.running(**limits) as lab_server, wire(lab_server.now.port) as connection:
        connection.greet()
        settings = (await connection.frame(SETTINGS)).settings()
    assert settings[MAX_CONCURRENT_STREAMS] == 77
    assert settings[MAX_HEADER_LIST_SIZE] == 12345


async def test_a_silent_connection_is_asked(lab: LabProject) -> None:
    """After KEEPALIVE_SECONDS the server pings."""
    async with lab.running(keepalive_seconds=0.3) as lab_server, wire(lab_server.now.port) as connection:
        connection.greet()
        await asyncio.wait_for(connection.frame(PING), 3)
        await asyncio.wait_for(connection.frame(PING), 3)


async def test_a_client_of_the_same_mind_may_ping(lab: LabProject) -> None:
    """Pings as often as KEEPALIVE_SECONDS says are permitted, on a connection without calls; more are not."""
    async with lab.running(keepalive_seconds=0.4, shutdown_grace=0) as lab_server:
        assert await _ping(lab_server, pause=0.4) == b""
        assert b"too_many_pings" in await _ping(lab_server, pause=0.05)


async def _ping(lab_server: LabServer, pause: float) -> bytes:
    """Ping eight times; return the payload of GOAWAY, empty if the server sends none."""
    async with wire(lab_server.now.port) as connection:
        connection.greet()
        goaway = asyncio.create_task(connection.frame(GOAWAY))
        for _ in range(8):
            if goaway.done():
                return goaway.result().payload
            connection.send(PING, bytes(8))
            await asyncio.sleep(pause)
        goaway.cancel()
        return b""


@pytest.mark.parametrize(("setting", "error"), [("max_connection_age", 0), ("max_connection_idle", 2)])
async def test_connections_do_not_stay_for_ever(lab: LabProject, setting: str, error: int) -> None:
    """An old connection gets GOAWAY without an error; an idle one gets an error, so that limit is off by default."""
    given: dict[str, Any] = {setting: 0.5}
    async with lab.running(**given) as lab_server, wire(lab_server.now.port) as connection:
        connection.greet()
        goaway = await asyncio.wait_for(connection.frame(GOAWAY), 5)
        assert int.from_bytes(goaway.payload[4:8], "big") == error


async def test_calls_outlast_their_connection(lab: LabProject) -> None:
    """An old connection ends no call: those in progress finish on it, and the next ones take another."""
    async with lab.running(max_connection_age=0.3) as lab_server:
        long = asyncio.create_task(lab_server.end("Lab/Many", lab_server.ask(what="sleep", count=1500)))
        while not long.done():
            assert (await lab_server.end("Lab/One", lab_server.ask(what="answer"))).name == "OK"
            await asyncio.sleep(0.005)
        assert long.result().name == "OK"


async def test_the_grace_of_an_old_connection(lab: LabProject) -> None:
    """MAX_CONNECTION_AGE_GRACE ends what is still there."""
    async with lab.running(max_connection_age=0.3, max_connection_age_grace=0.3) as lab_server:
        before = time.monotonic()
        end = await lab_server.end("Lab/Many", lab_server.ask(what="sleep", count=8000))
        assert end.name == "UNAVAILABLE"
        assert time.monotonic() - before < 4


async def test_a_connection_that_says_nothing(lab: LabProject) -> None:
    """Who does not begin within HANDSHAKE_TIMEOUT is hung up on."""
    async with lab.running(handshake_timeout=0.3) as lab_server, wire(lab_server.now.port) as connection:
        await asyncio.wait_for(connection.until_closed(), 5)


async def test_no_more_connections_than_allowed(lab: LabProject) -> None:
    """A connection above the limit is closed; the others stay, and a closed one makes room for another."""
    async with lab.running(max_connections=2) as lab_server:
        async with wire(lab_server.now.port) as first:
            first.greet()
            await first.frame(SETTINGS)
            async with wire(lab_server.now.port) as second:
                second.greet()
                await second.frame(SETTINGS)
                async with wire(lab_server.now.port) as third:
                    third.greet()
                    assert await asyncio.wait_for(third.until_closed(), 5) == b""
        # Its client tries until there is room.
        assert (await lab_server.end("Lab/One", lab_server.ask(what="answer"), wait_for_ready=True)).name == "OK"


@pytest.mark.parametrize("method", ["Lab/One", "Lab/Many", "Lab/Sum", "Lab/Chat"])
@pytest.mark.parametrize("size", [10_001, 19_000])
async def test_a_request_that_is_too_large(lab: LabProject, method: str, size: int) -> None:
    """It is refused in words, and counted, as long as it is not far beyond the limit."""
    async with lab.running(max_message_bytes=10_000) as lab_server:
        ask = lab_server.ask(what="answer")
        while (missing := size - ask.ByteSize()) > 0:
            ask.blob += b"x" * max(1, missing - 4)
        end = await lab_server.end(method, stream(ask) if method in ("Lab/Sum", "Lab/Chat") else ask)
        assert (end.name, end.details) == ("RESOURCE_EXHAUSTED", f"the request has {size} bytes, and 10000 are allowed")
        assert (await counted(lab_server)) == {(method, "RESOURCE_EXHAUSTED"): 1}


@pytest.mark.parametrize("packed", [grpc.Compression.NoCompression, grpc.Compression.Gzip], ids=["plain", "packed"])
async def test_a_request_that_is_far_too_large(lab: LabProject, packed: grpc.Compression) -> None:
    """grpc refuses it by itself, also if it was small until it was unpacked, and that counts as CANCELLED."""
    async with lab.running(max_message_bytes=10_000) as lab_server:
        ask = lab_server.ask(what="answer", blob=b"x" * 1_000_000)
        assert (await lab_server.end("Lab/One", ask, compression=packed)).name == "RESOURCE_EXHAUSTED"
        assert (await counted(lab_server)) == {("Lab/One", "CANCELLED"): 1}


async def test_metadata_has_one_limit(lab: LabProject) -> None:
    """Below it every call is taken, above it every call is refused: nothing is left to chance."""
    async with lab.running(max_metadata_bytes=16_384) as lab_server:
        names = set[tuple[int, str]]()
        for size in (15_000, 17_000):
            for _ in range(20):
                end = await lab_server.end(
                    "Lab/One", lab_server.ask(what="answer"), metadata=(("x-large", "x" * size),)
                )
                names.add((size, end.name))
    assert names == {(15_000, "OK"), (17_000, "RESOURCE_EXHAUSTED")}


@pytest.mark.parametrize(
    ("compression", "least", "most"), [("none", 100_000, 200_000), ("gzip", 1, 5000), ("deflate", 1, 5000)]
)
async def test_responses_are_packed(lab: LabProject, compression: str, least: int, most: int) -> None:
    """COMPRESSION makes responses small on the wire; the caller sees what it always sees."""
    async with lab.running(compression=compression) as lab_server:
        meter = Meter(lab_server.now.port)
        async with meter.open() as address, grpc.aio.insecure_channel(address) as channel:
            end = await finish(start(lab, channel, "Lab/One", lab_server.ask(what="big")))
        assert (end.name, len(end.responses[0].text)) == ("OK", 100_000)
        assert least < meter.received < most


@pytest.mark.parametrize(("loop", "is_loaded"), [("uvloop", True), ("asyncio", False)])
async def test_the_event_loop_is_a_setting(lab: LabProject, tmp_path: Path, loop: str, is_loaded: bool) -> None:
    """EVENT_LOOP=asyncio does without uvloop, which is not even imported."""
    with lab.process(tmp_path / "log", EVENT_LOOP=loop) as process:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{process.port()}") as channel:
            end = await finish(start(lab, channel, "Lab/One", lab.pb2.Ask(what="modules")))
    assert ("uvloop" in end.responses[0].text.split()) is is_loaded


def test_it_starts_where_uvloop_does_not_install(lab: LabProject, monkeypatch: Any) -> None:
    """Without uvloop asyncio's own loop serves."""
    monkeypatch.setitem(sys.modules, "uvloop", None)
    settings = lab.module("settings").Settings()
    assert lab.module("runtime.server.lifecycle").event_loop(settings) is None
