"""Far too much of something: each flood is bounded, and the server serves while it lasts and is calm afterwards."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest
from hyperframe.frame import ContinuationFrame, DataFrame, Frame, HeadersFrame, PingFrame, SettingsFrame

from tests.attacks.siege import survives
from tests.attacks.victim import Victim, call
from tests.attacks.wire import PREFACE, Wire, connected, data, message, reset, window

WATCH = "/grpc.health.v1.Health/Watch"
EXHAUSTED = "8"


def auth(victim: Victim) -> list[tuple[str, str]]:
    """The metadata of a caller who is known."""
    return [("authorization", victim.authorization)]


def flood(victim: Victim, count: int, frames: Callable[[Wire, int], list[Frame]]) -> Wire:
    """Send frames many times over, reading now and then, until the server has enough."""
    with connected(victim.port) as wire:
        for number in range(count):
            if not wire.send(*frames(wire, number)):
                break
            if number % 200 == 0:
                wire.receive(0.001)
        wire.receive(0.3)
        return wire


@pytest.mark.parametrize("known", [True, False], ids=["by a known caller", "by a stranger"])
def test_ten_thousand_streams(victim: Victim, known: bool) -> None:
    """On one connection: what is above the limits is refused, the rest is held and then let go."""
    path, metadata = victim.method("replies").path, auth(victim) if known else []
    body = message(victim.method("replies").requests[0])

    def attack() -> None:
        wire = flood(victim, 10_000, lambda w, n: [w.call(2 * n + 1, path, metadata), *data(2 * n + 1, body)])
        ends = Counter(ended.status or ended.reset for ended in wire.streams.values())
        assert wire.closed or ends[EXHAUSTED if known else "16"] + ends[7] > 1000, ends

    survives(victim, attack, calls=False)


def test_reset_flood(victim: Victim) -> None:
    """Streams that are opened and reset at once, as in "rapid reset": the work of each ends with it."""
    path, metadata = victim.method("unary").path, auth(victim)
    body = message(victim.method("unary").requests[0])

    def attack() -> None:
        flood(victim, 2000, lambda w, n: [w.call(2 * n + 1, path, metadata), *data(2 * n + 1, body), reset(2 * n + 1)])

    survives(victim, attack, rounds=3)


def test_ping_flood(victim: Victim) -> None:
    """The connection is ended: somebody pings who has nothing to ask."""

    def attack() -> None:
        assert flood(victim, 20_000, lambda w, n: [PingFrame(0, b"12345678")]).closed

    survives(victim, attack)


def test_ping_flood_beside_calls(victim: Victim) -> None:
    """A call in progress is no licence to ping."""
    path = victim.method("both").path

    def frames(wire: Wire, number: int) -> list[Frame]:
        return [wire.call(1, path, auth(victim))] if number == 0 else [PingFrame(0, b"12345678")]

    def attack() -> None:
        assert flood(victim, 20_000, frames).closed

    survives(victim, attack)


FLOODS: dict[str, Callable[[Wire, int], list[Frame]]] = {
    "settings": lambda w, n: [SettingsFrame(0, settings={3: 100 + n % 7})],
    "windows": lambda w, n: [window(0, 1)],
    "priorities and unknown frames": lambda w, n: [b"\0\0\0\x7f\0\0\0\0\0"],  # type: ignore[list-item]
    "resets of nothing": lambda w, n: [reset(1)],
}


@pytest.mark.parametrize("case", FLOODS)
def test_frames_that_cost_nothing_to_send(victim: Victim, case: str) -> None:
    """Ended or not, they cost the server no more than its attention."""
    survives(victim, lambda: flood(victim, 10_000, FLOODS[case]))


@pytest.mark.parametrize(
    "frame", [SettingsFrame(0, settings={3: 1}), PingFrame(0, b"12345678")], ids=["settings", "pings"]
)
def test_answers_that_nobody_reads(victim: Victim, frame: Frame) -> None:
    """Each asks for an acknowledgement, and none is taken: they must not pile up in memory."""

    def attack() -> None:
        with connected(victim.port) as wire:
            wire.socket.settimeout(2)
            raw = frame.serialize() * 100
            for _ in range(500):
                if not wire.send(raw):
                    break

    survives(victim, attack)


def test_empty_frames_without_end(victim: Victim) -> None:
    """DATA without data and without an end: the connection is ended."""
    path = victim.method("both").path

    def frames(wire: Wire, number: int) -> list[Frame]:
        return [wire.call(1, path, auth(victim))] if number == 0 else [DataFrame(1, data=b"")]

    def attack() -> None:
        assert flood(victim, 30_000, frames).closed

    survives(victim, attack)


CONTINUED: dict[str, tuple[int, bytes]] = {
    "empty": (20_000, b""),
    "full": (500, b"\x00\x01a\x01b" * 3000),
    "indexed": (500, b"\x84" * 16_000),
}


@pytest.mark.parametrize("case", CONTINUED)
def test_headers_that_never_end(victim: Victim, case: str) -> None:
    """CONTINUATION after CONTINUATION: what is over the limit is dropped as it comes."""
    count, block = CONTINUED[case]
    path = victim.method("unary").path

    def frames(wire: Wire, number: int) -> list[Frame]:
        if number == 0:
            return [HeadersFrame(1, data=wire.headers(path))]
        return [ContinuationFrame(1, data=block)]

    survives(victim, lambda: flood(victim, count, frames))


def test_a_header_table_bomb(victim: Victim) -> None:
    """One long header, indexed once and then named by one byte a thousand times in each of many calls."""
    path = victim.method("unary").path

    def frames(wire: Wire, number: int) -> list[Frame]:
        stream = 2 * number + 1
        block = wire.headers(path) + (b"\x40\x01x\x7f\xa1\x1e" + b"y" * 4000 if number == 0 else b"\xbe" * 4000)
        return [HeadersFrame(stream, data=block, flags=["END_HEADERS", "END_STREAM"])]

    survives(victim, lambda: flood(victim, 200, frames))


def test_watches_by_a_stranger_are_bounded(victim: Victim) -> None:
    """Health is open to all, and each Watch stays open: there are only so many on a connection."""

    def attack() -> None:
        with connected(victim.port) as wire:
            for number in range(300):
                stream = 2 * number + 1
                wire.send(wire.call(stream, WATCH), *data(stream, message(b"\n\4%04d" % number)))
            wire.receive(0.5)
            open_ = [ended for ended in wire.streams.values() if ended.data and ended.status is None]
            assert len(open_) == 100
            assert Counter(ended.status for ended in wire.streams.values())[EXHAUSTED] == 200

    survives(victim, attack)


def test_reflection_by_a_stranger_is_bounded(victim: Victim) -> None:
    """So is reflection."""
    path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"

    def attack() -> None:
        with connected(victim.port) as wire:
            wire.send(*(wire.call(2 * number + 1, path) for number in range(300)))
            wire.receive(0.5)
            assert Counter(ended.status for ended in wire.streams.values())[EXHAUSTED] == 200

    survives(victim, attack)


def test_slow_readers(victim: Victim) -> None:
    """They ask for much and take nothing: replies wait for them one at a time, and memory stays flat."""
    method = victim.method("both")

    def attack() -> None:
        with connected(victim.port, {4: 0}) as wire:  # a window of no byte at all
            for number in range(50):
                stream = 2 * number + 1
                body = b"".join(message(raw) for raw in method.requests) * 100
                wire.send(wire.call(stream, method.path, auth(victim)), *data(stream, body, last=False))
            wire.receive(1)
            assert not any(ended.data for ended in wire.streams.values())

    survives(victim, attack)


def test_abandoned_streams(victim: Victim) -> None:
    """Clients vanish without a word in the middle of their calls: nothing of them stays."""
    kinds = [victim.method(kind) for kind in ("replies", "requests", "both")]

    def attack() -> None:
        for _ in range(20):
            with connected(victim.port) as wire:
                for number, method in enumerate(kinds * 3):
                    stream = 2 * number + 1
                    body = data(stream, message(method.requests[0]), last=False)
                    wire.send(wire.call(stream, method.path, auth(victim)), *body)
                wire.receive(0.02)
                # RST instead of FIN: the other end gets no chance to say anything.
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    survives(victim, attack, rounds=3)


@pytest.mark.parametrize("said", [b"", PREFACE[:10], PREFACE], ids=["nothing", "half a preface", "a preface"])
def test_connections_that_say_little(victim: Victim, said: bytes) -> None:
    """Three hundred of them keep nobody else out, and leave nothing behind."""

    def attack() -> None:
        opened = [socket.create_connection(("127.0.0.1", victim.port), 5) for _ in range(300)]
        for connection in opened:
            connection.sendall(said)
        time.sleep(1)
        for connection in opened:
            connection.close()

    survives(victim, attack)


GARBAGE: dict[str, bytes] = {
    "HTTP/1.1": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 300,
    "zeros": bytes(20_000),
    "noise": bytes(number * 7919 % 251 for number in range(20_000)),
    "noise behind a preface": PREFACE + bytes(number * 7919 % 251 for number in range(20_000)),
    "a frame that is too long": PREFACE + b"\xff\xff\xff\0\0\0\0\0\1",
}


@pytest.mark.parametrize("case", GARBAGE)
def test_garbage_on_the_port(victim: Victim, case: str) -> None:
    """The connection is ended at once."""

    def attack() -> None:
        for _ in range(20):
            with connected(victim.port, hello=False) as wire:
                wire.send(GARBAGE[case])
                assert wire.until_closed(5)

    survives(victim, attack)


def test_a_preface_byte_by_byte(victim: Victim) -> None:
    """Slow-loris: many callers who need long for their first words keep nobody waiting."""

    def attack() -> None:
        opened = [socket.create_connection(("127.0.0.1", victim.port), 5) for _ in range(100)]
        for byte in PREFACE:
            for connection in opened:
                connection.sendall(bytes([byte]))
            time.sleep(0.05)
        for connection in opened:
            connection.close()

    survives(victim, attack)


def test_forged_tokens_without_end(victim: Victim) -> None:
    """A thousand different ones: each is verified and refused, none is kept."""
    tokens = [victim.token(sub=f"mallory-{number}")[:-4] + "AAAA" for number in range(1000)]
    method = victim.method("unary")

    def attack() -> None:
        with victim.channel() as channel:
            for token in tokens:
                assert call(channel, method, f"Bearer {token}")[0] == "UNAUTHENTICATED"

    known = victim.scrape().value("inside_kept", place="Tokens._verified")
    survives(victim, attack)
    assert victim.scrape().value("inside_kept", place="Tokens._verified") <= known + 10


def test_many_callers_at_once(victim: Victim) -> None:
    """Forty threads that call, cancel and run out of time all at once leave nothing behind."""
    kinds = [victim.method(kind) for kind in ("unary", "replies", "requests", "both")]

    def caller(number: int) -> None:
        with victim.channel() as channel:
            for turn in range(10):
                timeout = 0.002 if (number + turn) % 3 == 0 else 5
                call(channel, kinds[(number + turn) % 4], victim.authorization, timeout)

    def attack() -> None:
        threads = [threading.Thread(target=caller, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    survives(victim, attack, rounds=3)
