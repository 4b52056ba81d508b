"""An attack, and what has to hold while it goes on and once it is over."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
from hyperframe.frame import Frame

from tests.attacks.victim import MIB, State, Victim, call
from tests.attacks.wire import Wire, connected

SLOWEST = 5.0
"""Seconds that a good call may take while a machine that tests share with others is under attack."""

_NOISE, _ROUNDS = 8 * MIB, 5
"""By how much memory differs after the same work, and how often the work is done to see whether it is noise."""
_CALM = 15.0
"""Seconds until everything that an attack left behind has to be gone."""

_BOUNDED = ("Tokens._verified", "_Verified", "Principal", "Durations", "Durations.buckets", "MethodMetrics.durations")
"""What may grow by design: caches with an upper bound, and one cell for each status of a method."""


def survives(
    victim: Victim, attack: Callable[[], object], calls: bool = True, probe: str = "grpc", most: int = 64
) -> None:
    """Attack a victim again and again; it has to serve all the while, and to be as it was before.

    The first round is its warm-up. ``most`` is by how many MiB memory may rise during one; without
    ``calls`` only its health is asked for meanwhile, on the port ``probe``: the attack uses up what
    calls need.
    """

    def once() -> None:
        with _served(victim, calls, probe):
            attack()

    once()
    grown = [_growth(victim, once, most)]
    # An allocator takes its time to settle; a leak never does.
    while grown[-1] > _NOISE and len(grown) < _ROUNDS:
        grown.append(_growth(victim, once, most))
    assert grown[-1] <= _NOISE, f"memory grows in each round, in MiB: {[size / MIB for size in grown]}"


def _growth(victim: Victim, attack: Callable[[], None], most: int) -> int:
    """By how many bytes one more round made its memory grow; nothing else of it may have grown."""
    before, held = calm(victim), kept(victim)
    victim.forget_peak()
    attack()
    assert victim.memory("VmHWM") - before.memory < most * MIB, "memory rose"
    after = calm(victim)
    assert after.files <= before.files + 2
    assert after.tasks <= before.tasks + 2
    more = {place: (held.get(place, 0), now) for place, now in kept(victim).items() if now > held.get(place, 0) + 5}
    assert not {place: numbers for place, numbers in more.items() if place not in _BOUNDED}
    return after.memory - before.memory


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


def clean(victim: Victim, *secrets: str) -> None:
    """Assert that its log shows no exception, no token and no secret."""
    said = victim.said()
    for word in ("Traceback", "Exception", "Bearer", "eyJ", "PRIVATE KEY", victim.project.target.secret, *secrets):
        lines = [line for line in said.splitlines() if word in line]
        assert not lines, f"{word!r} is in the log: {lines[0][:2000]}"


@contextmanager
def _served(victim: Victim, calls: bool, probe: str) -> Iterator[None]:
    pulse = _Pulse(victim, calls, probe)
    pulse.start()
    try:
        yield
    finally:
        pulse.stop.set()
        pulse.join(30)
    assert pulse.beats, "nothing was asked for meanwhile"
    assert not pulse.wrong, f"it did not serve: {pulse.wrong[:3]}"
    assert pulse.slowest < SLOWEST, f"a good call took {pulse.slowest:.1f} s"


class _Pulse(threading.Thread):
    """Somebody who means well, and calls again and again."""

    def __init__(self, victim: Victim, calls: bool, probe: str) -> None:
        super().__init__(daemon=True)
        self.stop = threading.Event()
        self.wrong: list[object] = []
        self.slowest = 0.0
        self.beats = 0
        self._victim = victim
        self._calls = calls
        self._probe = probe

    def run(self) -> None:
        """Ask for health and make a call, until told to stop."""
        method, authorization = self._victim.method("unary"), self._victim.authorization
        with self._victim.channel(probe=self._probe) as channel:
            while True:
                # The last beat comes after the attack, so that there is always one.
                last = self.stop.wait(0.1)
                begin = time.monotonic()
                try:
                    ended = [("OK", self._victim.health(channel))]
                    if self._calls:
                        ended.append(call(channel, method, authorization, timeout=SLOWEST * 2))
                except grpc.RpcError as error:
                    ended = [("health", error.code().name)]
                self.slowest = max(self.slowest, time.monotonic() - begin)
                self.wrong += [end for end in ended if end not in (("OK", "SERVING"), ("OK", ""))]
                self.beats += 1
                if last:
                    return


def calm(victim: Victim) -> State:
    """Wait until no call is in progress and tasks have ended; returns the state then."""
    end = time.monotonic() + _CALM
    state = victim.state()
    while time.monotonic() < end:
        time.sleep(0.2)
        later = victim.state()
        if victim.scrape().value("rpc_server_active_calls") == 0 and later.tasks <= state.tasks <= _FEW:
            return later
        state = later
    raise AssertionError(f"it does not come to rest: {state}, {victim.scrape().value('rpc_server_active_calls')} calls")


_FEW = 25
"""Tasks of a server at rest: its own, and those of connections for a scrape."""


def kept(victim: Victim) -> dict[str, float]:
    """What its own objects hold: class and attribute -> how much; a class alone -> how many."""
    return {labels["place"]: value for labels, value in victim.scrape().samples("inside_kept")}
