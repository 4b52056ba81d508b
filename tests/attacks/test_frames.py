"""Frames and bytes that no client sends: they meet the transport, and never the code of a target."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hyperframe.frame import ContinuationFrame, DataFrame, Frame, HeadersFrame, PingFrame, SettingsFrame

from tests.attacks.attack import assert_survives, flood
from tests.attacks.harness import ServerUnderAttack, call, running
from tests.attacks.targets import ONCE, Project
from tests.attacks.wire import PREFACE, Wire, connected, reset, window

pytestmark = ONCE


def test_ping_flood(server: ServerUnderAttack) -> None:
    """The connection is closed, because it pings without calls."""

    def attack() -> None:
        assert flood(server, 20_000, lambda w, n: [PingFrame(0, b"12345678")]).closed

    assert_survives(server, attack)


def test_ping_flood_beside_calls(server: ServerUnderAttack) -> None:
    """A ping flood ends the connection, even while a call is in progress."""
    path = server.method("both").path

    def frames(wire: Wire, number: int) -> list[Frame]:
        return [wire.call(1, path, server.metadata)] if number == 0 else [PingFrame(0, b"12345678")]

    def attack() -> None:
        assert flood(server, 20_000, frames).closed

    assert_survives(server, attack)


FLOODS: dict[str, Callable[[Wire, int], list[Frame]]] = {
    "settings": lambda w, n: [SettingsFrame(0, settings={3: 100 + n % 7})],
    "windows": lambda w, n: [window(0, 1)],
    "priorities and unknown frames": lambda w, n: [b"\0\0\0\x7f\0\0\0\0\0"],  # type: ignore[list-item]
    "resets of nothing": lambda w, n: [reset(1)],
}


@pytest.mark.parametrize("case", FLOODS)
def test_frames_that_cost_nothing_to_send(server: ServerUnderAttack, case: str) -> None:
    """Ended or not, they cost the server no more than its attention."""
    assert_survives(server, lambda: flood(server, 10_000, FLOODS[case]))


@pytest.mark.parametrize(
    "frame", [SettingsFrame(0, settings={3: 1}), PingFrame(0, b"12345678")], ids=["settings", "pings"]
)
def test_unread_responses(server: ServerUnderAttack, frame: Frame) -> None:
    """Each asks for an acknowledgement, and none is taken: they must not pile up in memory."""

    def attack() -> None:
        with connected(server.port) as wire:
            wire.socket.settimeout(2)
            raw = frame.serialize() * 100
            for _ in range(500):
                if not wire.send(raw):
                    break

    assert_survives(server, attack)


def test_empty_frames_without_end(server: ServerUnderAttack) -> None:
    """DATA without data and without an end: the connection is ended."""
    path = server.method("both").path

    def frames(wire: Wire, number: int) -> list[Frame]:
        return [wire.call(1, path, server.metadata)] if number == 0 else [DataFrame(1, data=b"")]

    def attack() -> None:
        assert flood(server, 30_000, frames).closed

    assert_survives(server, attack)


CONTINUED: dict[str, tuple[int, bytes]] = {
    "empty": (20_000, b""),
    "full": (500, b"\x00\x01a\x01b" * 3000),
    "indexed": (500, b"\x84" * 16_000),
}


@pytest.mark.parametrize("case", CONTINUED)
def test_headers_that_never_end(server: ServerUnderAttack, case: str) -> None:
    """CONTINUATION after CONTINUATION: what is over the limit is dropped as it comes."""
    count, block = CONTINUED[case]
    path = server.method("unary").path

    def frames(wire: Wire, number: int) -> list[Frame]:
        if number == 0:
            return [HeadersFrame(1, data=wire.headers(path))]
        return [ContinuationFrame(1, data=block)]

    assert_survives(server, lambda: flood(server, count, frames))


def test_a_header_table_bomb(server: ServerUnderAttack) -> None:
    """One long header, indexed once and then named by one byte a thousand times in each of many calls."""
    path = server.method("unary").path

    def frames(wire: Wire, number: int) -> list[Frame]:
        stream = 2 * number + 1
        block = wire.headers(path) + (b"\x40\x01x\x7f\xa1\x1e" + b"y" * 4000 if number == 0 else b"\xbe" * 4000)
        return [HeadersFrame(stream, data=block, flags=["END_HEADERS", "END_STREAM"])]

    assert_survives(server, lambda: flood(server, 200, frames))


@pytest.mark.parametrize("said", [b"", PREFACE[:10], PREFACE], ids=["nothing", "half a preface", "a preface"])
def test_connections_that_say_little(server: ServerUnderAttack, said: bytes) -> None:
    """Three hundred of them keep no other caller out, and leave nothing behind."""

    def attack() -> None:
        opened = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(300)]
        for connection in opened:
            connection.sendall(said)
        time.sleep(1)
        for connection in opened:
            connection.close()

    assert_survives(server, attack)


@pytest.mark.parametrize("said", [b"", PREFACE[:10], PREFACE], ids=["nothing", "half a preface", "a preface"])
def test_a_connection_that_gets_nowhere_is_closed(server: ServerUnderAttack, said: bytes) -> None:
    """HANDSHAKE_TIMEOUT ends it."""
    with connected(server.port, hello=False) as wire:
        wire.send(said)
        assert not wire.until_closed(1)
        assert wire.until_closed(8)


def test_connections_are_bounded(project: Project, tmp_path: Path) -> None:
    """MAX_CONNECTIONS: what is above it is hung up on, and those that are there are served."""
    with running(project, tmp_path, MAX_CONNECTIONS=50) as started, started.channel() as channel:
        assert call(channel, started.method("unary"), started.authorization) == ("OK", "")
        opened = [socket.create_connection(("127.0.0.1", started.port), 5) for _ in range(100)]
        time.sleep(0.5)
        assert started.state().files < 100
        assert call(channel, started.method("unary"), started.authorization) == ("OK", "")
        for connection in opened:
            connection.close()


GARBAGE: dict[str, bytes] = {
    "HTTP/1.1": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 300,
    "zeros": bytes(20_000),
    "noise": bytes(number * 7919 % 251 for number in range(20_000)),
    "noise behind a preface": PREFACE + bytes(number * 7919 % 251 for number in range(20_000)),
    "a frame that is too long": PREFACE + b"\xff\xff\xff\0\0\0\0\0\1",
}


@pytest.mark.parametrize("case", GARBAGE)
def test_garbage_on_the_port(server: ServerUnderAttack, case: str) -> None:
    """The connection is ended at once."""

    def attack() -> None:
        for _ in range(20):
            with connected(server.port, hello=False) as wire:
                wire.send(GARBAGE[case])
                assert wire.until_closed(5)

    assert_survives(server, attack)


def test_a_preface_byte_by_byte(server: ServerUnderAttack) -> None:
    """Slow-loris: many connections with a slow preface delay no other caller."""

    def attack() -> None:
        opened = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(100)]
        for byte in PREFACE:
            for connection in opened:
                connection.sendall(bytes([byte]))
            time.sleep(0.05)
        for connection in opened:
            connection.close()

    assert_survives(server, attack)
