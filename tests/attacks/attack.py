"""An attack, and what has to hold while it goes on and once it is over."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
from hyperframe.frame import Frame

from tests.attacks.harness import MIB, ServerUnderAttack, State, call
from tests.attacks.wire import Wire, connected

MAX_CALL_SECONDS = 5.0
"""Seconds that a good call may take while a machine that tests share with others is under attack."""

_NOISE_BYTES, _ROUNDS = 8 * MIB, 5
"""By how much memory differs after the same work, and how often the work is done to see whether it is noise."""
_IDLE_TIMEOUT_SECONDS = 15.0
"""Seconds until the server has to release all resources of an attack."""

_BOUNDED = ("Tokens._verified", "_Verified", "Principal", "Durations", "Durations.buckets", "MethodMetrics.durations")
"""What may grow by design: caches with an upper bound, and one cell for each status of a method."""


def assert_survives(
    server: ServerUnderAttack, attack: Callable[[], object], calls: bool = True, probe: str = "grpc", most: int = 64
) -> None:
    """Attack a server again and again; it has to serve all the while, and to be as it was before.

    The first round is its warm-up. ``most`` is by how many MiB memory may rise during one; without
    ``calls`` only its health is asked for meanwhile, on the port ``probe``: the attack uses up what
    calls need.
    """

    def once() -> None:
        with _serving(server, calls, probe):
            attack()

    once()
    grown = [_growth(server, once, most)]
    # An allocator takes its time to settle; a leak never does.
    while grown[-1] > _NOISE_BYTES and len(grown) < _ROUNDS:
        grown.append(_growth(server, once, most))
    assert grown[-1] <= _NOISE_BYTES, f"memory grows in each round, in MiB: {[size / MIB for size in grown]}"


def _growth(server: ServerUnderAttack, attack: Callable[[], None], most: int) -> int:
    """By how many bytes one more round made its memory grow; nothing else of it may have grown."""
    before, held = wait_idle(server), collection_sizes(server)
    server.forget_peak()
    attack()
    assert server.memory("VmHWM") - before.memory < most * MIB, "memory rose"
    after = wait_idle(server)
    assert after.files <= before.files + 2
    assert after.tasks <= before.tasks + 2
    more = {
        place: (held.get(place, 0), now)
        for place, now in collection_sizes(server).items()
        if now > held.get(place, 0) + 5
    }
    assert not {place: numbers for place, numbers in more.items() if place not in _BOUNDED}
    return after.memory - before.memory


def flood(server: ServerUnderAttack, count: int, frames: Callable[[Wire, int], list[Frame]]) -> Wire:
    """Send frames many times over, reading now and then, until the server has enough."""
    with connected(server.port) as wire:
        for number in range(count):
            if not wire.send(*frames(wire, number)):
                break
            if number % 200 == 0:
                wire.receive(0.001)
        wire.receive(0.3)
        return wire


def assert_clean_log(server: ServerUnderAttack, *secrets: str) -> None:
    """Assert that its log shows no exception, no token and no secret."""
    said = server.said()
    for word in ("Traceback", "Exception", "Bearer", "eyJ", "PRIVATE KEY", server.project.target.secret, *secrets):
        lines = [line for line in said.splitlines() if word in line]
        assert not lines, f"{word!r} is in the log: {lines[0][:2000]}"


@contextmanager
def _serving(server: ServerUnderAttack, calls: bool, probe: str) -> Iterator[None]:
    healthy = _HealthyCaller(server, calls, probe)
    healthy.start()
    try:
        yield
    finally:
        healthy.stop.set()
        healthy.join(30)
    assert healthy.calls_made, "nothing was asked for meanwhile"
    assert not healthy.wrong, f"it did not serve: {healthy.wrong[:3]}"
    assert healthy.slowest < MAX_CALL_SECONDS, f"a good call took {healthy.slowest:.1f} s"


class _HealthyCaller(threading.Thread):
    """A well-behaved caller, which calls repeatedly during an attack."""

    def __init__(self, server: ServerUnderAttack, calls: bool, probe: str) -> None:
        super().__init__(daemon=True)
        self.stop = threading.Event()
        self.wrong: list[object] = []
        self.slowest = 0.0
        self.calls_made = 0
        self._server = server
        self._calls = calls
        self._probe = probe

    def run(self) -> None:
        """Ask for health and make a call, until told to stop."""
        method, authorization = self._server.method("unary"), self._server.authorization
        with self._server.channel(probe=self._probe) as channel:
            while True:
                # The last beat comes after the attack, so that there is always one.
                last = self.stop.wait(0.1)
                begin = time.monotonic()
                try:
                    ended = [("OK", self._server.health(channel))]
                    if self._calls:
                        ended.append(call(channel, method, authorization, timeout=MAX_CALL_SECONDS * 2))
                except grpc.RpcError as error:
                    ended = [("health", error.code().name)]
                self.slowest = max(self.slowest, time.monotonic() - begin)
                self.wrong += [end for end in ended if end not in (("OK", "SERVING"), ("OK", ""))]
                self.calls_made += 1
                if last:
                    return


def wait_idle(server: ServerUnderAttack) -> State:
    """Wait until no call is in progress and tasks have ended; returns the state then."""
    end = time.monotonic() + _IDLE_TIMEOUT_SECONDS
    state = server.state()
    while time.monotonic() < end:
        time.sleep(0.2)
        later = server.state()
        if server.scrape().value("rpc_server_active_calls") == 0 and later.tasks <= state.tasks <= _MAX_IDLE_TASKS:
            return later
        state = later
    raise AssertionError(f"it does not come to rest: {state}, {server.scrape().value('rpc_server_active_calls')} calls")


_MAX_IDLE_TASKS = 25
"""Tasks of a server at rest: its own, and those of connections for a scrape."""


def collection_sizes(server: ServerUnderAttack) -> dict[str, float]:
    """What its own objects hold: class and attribute -> how much; a class alone -> how many."""
    return {labels["place"]: value for labels, value in server.scrape().samples("service_collection_sizes")}
