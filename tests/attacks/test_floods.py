"""Far too much of something: each flood is bounded, and the server serves while it lasts and is calm afterwards."""

import signal
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from hyperframe.frame import Frame

from tests.attacks.attack import assert_clean_log, assert_survives, flood
from tests.attacks.harness import ServerUnderAttack, call, running
from tests.attacks.targets import ONCE, Project
from tests.attacks.wire import Headers, Wire, connected, data, message, reset

WATCH = "/grpc.health.v1.Health/Watch"
EXHAUSTED, UNIMPLEMENTED, UNAUTHENTICATED, STREAM_REFUSED = "8", "12", "16", 7


def test_ten_thousand_streams(server: ServerUnderAttack) -> None:
    """On one connection: what is above the limits is refused, the rest is held and then let go."""
    _ten_thousand(server, server.metadata, EXHAUSTED)


@ONCE
def test_ten_thousand_unauthenticated_streams(server: ServerUnderAttack) -> None:
    """They are refused even sooner."""
    _ten_thousand(server, [], UNAUTHENTICATED)


def _ten_thousand(server: ServerUnderAttack, metadata: Headers, refused: str) -> None:
    path = server.method("replies").path
    body = message(server.method("replies").requests[0])

    def attack() -> None:
        wire = flood(server, 10_000, lambda w, n: [w.call(2 * n + 1, path, metadata), *data(2 * n + 1, body)])
        ends = Counter(ended.status or ended.reset for ended in wire.streams.values())
        assert wire.closed or ends[refused] + ends[STREAM_REFUSED] > 1000, ends

    assert_survives(server, attack, calls=False)


@ONCE
def test_streams_on_many_connections_leave_probes_an_answer(server: ServerUnderAttack) -> None:
    """So many at once that grpc drops calls before any of our code sees them: HEALTH_PORT has a server of its own."""
    method = server.method("replies")
    body = message(method.requests[0])

    def one() -> None:
        flood(server, 500, lambda w, n: [w.call(2 * n + 1, method.path), *data(2 * n + 1, body)])

    def attack() -> None:
        threads = [threading.Thread(target=one) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert_survives(server, attack, calls=False, probe="health")


def test_reset_flood(server: ServerUnderAttack) -> None:
    """Streams that are opened and reset at once, as in "rapid reset": the work of each ends with it."""
    path, metadata = server.method("unary").path, server.metadata
    body = message(server.method("unary").requests[0])

    def attack() -> None:
        flood(server, 2000, lambda w, n: [w.call(2 * n + 1, path, metadata), *data(2 * n + 1, body), reset(2 * n + 1)])

    assert_survives(server, attack)


@ONCE
def test_unauthenticated_watches_are_bounded(server: ServerUnderAttack) -> None:
    """Health is open to all, and each Watch stays open: there are only so many on a connection."""

    def attack() -> None:
        with connected(server.port) as wire:
            for number in range(300):
                stream = 2 * number + 1
                wire.send(wire.call(stream, WATCH), *data(stream, message(b"\n\4%04d" % number)))
            wire.receive(0.5)
            open_ = [ended for ended in wire.streams.values() if ended.data and ended.status is None]
            assert len(open_) == 100
            assert Counter(ended.status for ended in wire.streams.values())[UNIMPLEMENTED] == 200

    assert_survives(server, attack)


@ONCE
def test_unauthenticated_reflection_is_bounded(server: ServerUnderAttack) -> None:
    """So is reflection."""
    path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"

    def attack() -> None:
        with connected(server.port) as wire:
            wire.send(*(wire.call(2 * number + 1, path) for number in range(300)))
            wire.receive(0.5)
            assert Counter(ended.status for ended in wire.streams.values())[EXHAUSTED] == 200

    assert_survives(server, attack)


def test_slow_readers(server: ServerUnderAttack) -> None:
    """A client that reads no responses holds back one response of each call, and memory does not grow."""
    method = server.method("both")

    def attack() -> None:
        with connected(server.port, {4: 0}) as wire:  # a window of no byte at all
            for number in range(50):
                stream = 2 * number + 1
                body = b"".join(message(raw) for raw in method.requests) * 100
                wire.send(wire.call(stream, method.path, server.metadata), *data(stream, body, last=False))
            wire.receive(1)
            assert not any(ended.data for ended in wire.streams.values())

    assert_survives(server, attack)


def test_abandoned_streams(server: ServerUnderAttack) -> None:
    """Clients vanish without a word in the middle of their calls: nothing of them stays."""
    kinds = [server.method(kind) for kind in ("replies", "requests", "both")]

    def attack() -> None:
        for _ in range(20):
            with connected(server.port) as wire:
                for number, method in enumerate(kinds * 3):
                    stream = 2 * number + 1
                    body = data(stream, message(method.requests[0]), last=False)
                    wire.send(wire.call(stream, method.path, server.metadata), *body)
                wire.receive(0.02)
                # RST instead of FIN: the other end gets no chance to say anything.
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    assert_survives(server, attack)


def test_forged_tokens_without_end(server: ServerUnderAttack) -> None:
    """Hundreds of different ones: each is verified and refused, none is kept."""
    tokens = [server.token(sub=f"mallory-{number}")[:-4] + "AAAA" for number in range(400)]
    method = server.method("unary")

    def attack() -> None:
        with server.channel() as channel:
            for token in tokens:
                assert call(channel, method, f"Bearer {token}")[0] == "UNAUTHENTICATED"

    known = server.scrape().value("service_collection_sizes", place="Tokens._verified")
    assert_survives(server, attack)
    assert server.scrape().value("service_collection_sizes", place="Tokens._verified") <= known + 10


def test_many_callers_at_once(server: ServerUnderAttack) -> None:
    """Forty threads that call, cancel and run out of time all at once leave nothing behind."""
    kinds = [server.method(kind) for kind in ("unary", "replies", "requests", "both")]

    def caller(number: int) -> None:
        with server.channel() as channel:
            for turn in range(10):
                timeout = 0.002 if (number + turn) % 3 == 0 else 5
                call(channel, kinds[(number + turn) % 4], server.authorization, timeout)

    def attack() -> None:
        threads = [threading.Thread(target=caller, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert_survives(server, attack)


def test_a_server_under_attack_still_stops(project: Project, tmp_path: Path) -> None:
    """SIGTERM amid a flood, with idle connections, watches and callers who read nothing: it ends in time, and well."""
    over = threading.Event()
    with running(project, tmp_path, SHUTDOWN_GRACE=1, SHUTDOWN_DRAIN=0.2) as started:
        unary, both = started.method("unary"), started.method("both")
        idle = [socket.create_connection(("127.0.0.1", started.port), 5) for _ in range(50)]

        def frames(wire: Wire, number: int) -> list[Frame]:
            return [wire.call(2 * number + 1, unary.path), *data(2 * number + 1, message(b""))]

        def attack() -> None:
            with suppress(OSError):  # until it listens no more
                while not over.is_set():
                    flood(started, 200, frames)

        attackers = [threading.Thread(target=attack) for _ in range(3)]
        for attacker in attackers:
            attacker.start()
        with connected(started.port, {4: 0}) as wire:
            for number in range(50):
                body = data(2 * number + 1, message(both.requests[0]), last=False)
                wire.send(wire.call(2 * number + 1, both.path, started.metadata), *body)
                wire.send(wire.call(2 * number + 201, WATCH), *data(2 * number + 201, message(b"")))
            wire.receive(0.5)
            begin = time.monotonic()
            started.process.send_signal(signal.SIGTERM)
            code = started.process.wait(20)
            took = time.monotonic() - begin
        over.set()
        for attacker in attackers:
            attacker.join()
        for connection in idle:
            connection.close()
    assert (code, took < 8) == (0, True), f"it took {took:.1f} s"
    assert_clean_log(started)
