"""How connections are kept: each setting shows on the wire, and each option that is given to grpc exists."""

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.server.laboratory import Here, Laboratory, finish, start, stream
from tests.server.test_pipeline import counted
from tests.server.wire import GOAWAY, MAX_CONCURRENT_STREAMS, MAX_HEADER_LIST_SIZE, PING, SETTINGS, Meter, wire

_OPTION = re.compile(r'"(grpc\.(?!health\.)[a-z0-9_.]+)"')


def options(laboratory: Laboratory) -> list[tuple[str, str]]:
    """(file, option) for each option of grpc that the generated project names."""
    sources = sorted((laboratory.folder / "src").rglob("*.py"))
    return [(source.name, name) for source in sources for name in _OPTION.findall(source.read_text())]


def test_every_option_exists(laboratory: Laboratory) -> None:
    """grpc ignores options that it does not know, so each of ours has to be a text in its binary."""
    binary = Path(str(sys.modules["grpc._cython.cygrpc"].__file__)).read_bytes()
    assert b"grpc.http2.min_recv_ping_interval_without_data_ms\0" not in binary
    found = options(laboratory)
    assert {"grpc.so_reuseport", "grpc.keepalive_time_ms", "grpc.max_connection_age_ms"} <= {name for _, name in found}
    assert [(file, name) for file, name in found if name.encode() + b"\0" not in binary] == []


async def test_what_a_connection_is_told_first(laboratory: Laboratory) -> None:
    """The limits of streams and of metadata are in the server's SETTINGS, so that clients can keep to them."""
    limits: dict[str, Any] = {"max_concurrent_streams": 77, "max_metadata_bytes": 12345}
    async with laboratory.running(**limits) as here, wire(here.now.port) as connection:
        connection.greet()
        settings = (await connection.frame(SETTINGS)).settings()
    assert settings[MAX_CONCURRENT_STREAMS] == 77
    assert settings[MAX_HEADER_LIST_SIZE] == 12345


async def test_a_silent_connection_is_asked(laboratory: Laboratory) -> None:
    """After KEEPALIVE_SECONDS the server pings."""
    async with laboratory.running(keepalive_seconds=0.3) as here, wire(here.now.port) as connection:
        connection.greet()
        await asyncio.wait_for(connection.frame(PING), 3)
        await asyncio.wait_for(connection.frame(PING), 3)


async def test_a_client_of_the_same_mind_may_ping(laboratory: Laboratory) -> None:
    """Pings as often as KEEPALIVE_SECONDS says are permitted, on a connection without calls; more are not."""
    async with laboratory.running(keepalive_seconds=0.4, shutdown_grace=0) as here:
        assert await _ping(here, pause=0.4) == b""
        assert b"too_many_pings" in await _ping(here, pause=0.05)


async def _ping(here: Here, pause: float) -> bytes:
    """Ping eight times; what the server says as it hangs up, nothing if it does not."""
    async with wire(here.now.port) as connection:
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
async def test_connections_do_not_stay_for_ever(laboratory: Laboratory, setting: str, error: int) -> None:
    """An old connection is told to go without an error; grpc gives an error to an idle one, so that is off by default."""
    given: dict[str, Any] = {setting: 0.5}
    async with laboratory.running(**given) as here, wire(here.now.port) as connection:
        connection.greet()
        goaway = await asyncio.wait_for(connection.frame(GOAWAY), 5)
        assert int.from_bytes(goaway.payload[4:8], "big") == error


async def test_calls_outlast_their_connection(laboratory: Laboratory) -> None:
    """An old connection ends no call: those in progress finish on it, and the next ones take another."""
    async with laboratory.running(max_connection_age=0.3) as here:
        long = asyncio.create_task(here.end("Lab/Many", here.ask(what="sleep", count=1500)))
        while not long.done():
            assert (await here.end("Lab/One", here.ask(what="answer"))).name == "OK"
            await asyncio.sleep(0.005)
        assert long.result().name == "OK"


async def test_the_grace_of_an_old_connection(laboratory: Laboratory) -> None:
    """MAX_CONNECTION_AGE_GRACE ends what is still there."""
    async with laboratory.running(max_connection_age=0.3, max_connection_age_grace=0.3) as here:
        before = time.monotonic()
        end = await here.end("Lab/Many", here.ask(what="sleep", count=8000))
        assert end.name == "UNAVAILABLE"
        assert time.monotonic() - before < 4


async def test_a_connection_that_says_nothing(laboratory: Laboratory) -> None:
    """Who does not begin within HANDSHAKE_TIMEOUT is hung up on."""
    async with laboratory.running(handshake_timeout=0.3) as here, wire(here.now.port) as connection:
        await asyncio.wait_for(connection.until_closed(), 5)


async def test_no_more_connections_than_allowed(laboratory: Laboratory) -> None:
    """One too many is hung up on; the others stay, and there is room again when one has gone."""
    async with laboratory.running(max_connections=2) as here:
        async with wire(here.now.port) as first:
            first.greet()
            await first.frame(SETTINGS)
            async with wire(here.now.port) as second:
                second.greet()
                await second.frame(SETTINGS)
                async with wire(here.now.port) as third:
                    third.greet()
                    assert await asyncio.wait_for(third.until_closed(), 5) == b""
        # Its client tries until there is room.
        assert (await here.end("Lab/One", here.ask(what="answer"), wait_for_ready=True)).name == "OK"


@pytest.mark.parametrize("method", ["Lab/One", "Lab/Many", "Lab/Sum", "Lab/Chat"])
@pytest.mark.parametrize("size", [10_001, 19_000])
async def test_a_request_that_is_too_large(laboratory: Laboratory, method: str, size: int) -> None:
    """It is refused in words, and counted, as long as it is not far beyond the limit."""
    async with laboratory.running(max_message_bytes=10_000) as here:
        ask = here.ask(what="answer")
        while (missing := size - ask.ByteSize()) > 0:
            ask.blob += b"x" * max(1, missing - 4)
        end = await here.end(method, stream(ask) if method in ("Lab/Sum", "Lab/Chat") else ask)
        assert (end.name, end.details) == ("RESOURCE_EXHAUSTED", f"the request has {size} bytes, and 10000 are allowed")
        assert (await counted(here)) == {(method, "RESOURCE_EXHAUSTED"): 1}


@pytest.mark.parametrize("packed", [grpc.Compression.NoCompression, grpc.Compression.Gzip], ids=["plain", "packed"])
async def test_a_request_that_is_far_too_large(laboratory: Laboratory, packed: grpc.Compression) -> None:
    """grpc refuses it by itself, also if it was small until it was unpacked, and that counts as CANCELLED."""
    async with laboratory.running(max_message_bytes=10_000) as here:
        ask = here.ask(what="answer", blob=b"x" * 1_000_000)
        assert (await here.end("Lab/One", ask, compression=packed)).name == "RESOURCE_EXHAUSTED"
        assert (await counted(here)) == {("Lab/One", "CANCELLED"): 1}


async def test_metadata_has_one_limit(laboratory: Laboratory) -> None:
    """Below it every call is taken, above it every call is refused: nothing is left to chance."""
    async with laboratory.running(max_metadata_bytes=16_384) as here:
        names = set[tuple[int, str]]()
        for size in (15_000, 17_000):
            for _ in range(20):
                end = await here.end("Lab/One", here.ask(what="answer"), metadata=(("x-large", "x" * size),))
                names.add((size, end.name))
    assert names == {(15_000, "OK"), (17_000, "RESOURCE_EXHAUSTED")}


@pytest.mark.parametrize(
    ("compression", "least", "most"), [("none", 100_000, 200_000), ("gzip", 1, 5000), ("deflate", 1, 5000)]
)
async def test_responses_are_packed(laboratory: Laboratory, compression: str, least: int, most: int) -> None:
    """COMPRESSION makes responses small on the wire; the caller sees what it always sees."""
    async with laboratory.running(compression=compression) as here:
        meter = Meter(here.now.port)
        async with meter.open() as address, grpc.aio.insecure_channel(address) as channel:
            end = await finish(start(laboratory, channel, "Lab/One", here.ask(what="big")))
        assert (end.name, len(end.responses[0].text)) == ("OK", 100_000)
        assert least < meter.received < most


@pytest.mark.parametrize(("loop", "there"), [("uvloop", True), ("asyncio", False)])
async def test_the_event_loop_is_a_setting(laboratory: Laboratory, tmp_path: Path, loop: str, there: bool) -> None:
    """EVENT_LOOP=asyncio does without uvloop, which is not even imported."""
    with laboratory.process(tmp_path / "log", EVENT_LOOP=loop) as process:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{process.port()}") as channel:
            end = await finish(start(laboratory, channel, "Lab/One", laboratory.pb2.Ask(what="modules")))
    assert ("uvloop" in end.responses[0].text.split()) is there


def test_it_starts_where_uvloop_does_not_install(laboratory: Laboratory, monkeypatch: Any) -> None:
    """Without uvloop asyncio's own loop serves."""
    monkeypatch.setitem(sys.modules, "uvloop", None)
    settings = laboratory.module("settings").Settings()
    assert laboratory.module("runtime.server.lifecycle").event_loop(settings) is None
