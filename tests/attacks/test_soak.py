"""A long run with callers who cancel, run out of time and vanish: nothing grows, and every call is counted once."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

from tests.attacks.attack import assert_clean_log, collection_sizes, wait_idle
from tests.attacks.caller import Plan
from tests.attacks.conftest import make_ready
from tests.attacks.harness import MIB, ServerUnderAttack, running
from tests.attacks.targets import Project
from tests.server.collector import collecting
from tests.server.issuer import rsa_signer
from tests.support.command import environment

_SHORT = 3000
"""Calls in an ordinary test run; `make soak-server` asks for 200,000."""
_CALLERS, _AT_ONCE, _TOKENS = 3, 8, 40
_CALLER = Path(__file__).with_name("caller.py")

_EXPECTED = {"OK", "CANCELLED", "DEADLINE_EXCEEDED", "UNAUTHENTICATED", "INVALID_ARGUMENT"}

Ends = Counter[tuple[str, str]]
"""Method and status -> how often."""


@dataclass(slots=True)
class Tally:
    """What callers know."""

    certain: Ends = field(default_factory=Counter)
    possible: Ends = field(default_factory=Counter)
    """For each of its possible ends, a call that may have had it."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Calls that the server may have ended in any way, or never have seen, by method."""

    def add(self, journal: Path) -> None:
        """Read what one caller wrote down."""
        begun: Counter[str] = Counter()
        lines = journal.read_text().splitlines() if journal.exists() else []
        for mark, path, *statuses in (line.split() for line in lines):
            method = path[1:]
            begun[method] += 1 if mark == "+" else -1
            if mark == "=":
                self.certain[method, statuses[0]] += 1
            elif mark == "?":
                self.unknown[method] += 1
                self.possible.update((method, status) for status in statuses[0].split(","))
        for method, count in begun.items():
            self.unknown[method] += count
            self.possible.update({(method, status): count for status in _EXPECTED})

    @property
    def methods(self) -> set[str]:
        """All that were called."""
        return {method for method, _ in self.certain} | set(self.unknown)


async def test_a_long_run(project: Project, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Authentication, limits, metrics and traces are on. What callers saw, the metrics and the log agree."""
    calls = int(pytestconfig.getoption("--calls", default=None) or os.environ.get("PYSERVICE_CALLS") or _SHORT)
    with collecting() as collector:
        settings = {
            "RATE_LIMIT": 1_000_000,
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
            "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
            "OTEL_TRACES_SAMPLER_ARG": "0.05",
            "OTEL_BSP_SCHEDULE_DELAY": 200,
        }
        with running(project, tmp_path, **settings) as server:
            make_ready(server)
            tokens = [server.token(sub=f"caller-{number}") for number in range(_TOKENS)]
            tally = Tally()
            # The first part brings memory, caches and limiter to where they stay.
            _run(server, tokens, max(calls // 4, 1000), tmp_path / "warm", tally)
            before, held = wait_idle(server), collection_sizes(server)
            _run(server, tokens, calls, tmp_path / "run", tally)
            after, holds = wait_idle(server), collection_sizes(server)
            counted = _counted(server)
            print(
                f"\n{calls} calls; before {before}, after {after}; certain {tally.certain.total()} of {counted.total()}"
            )
            print(
                json.dumps(
                    {f"{method} {status}": count for (method, status), count in sorted(counted.items())}, indent=1
                )
            )
        logged = _logged(server)
        assert collector.spans
    assert_clean_log(server)
    for kind in project.target.first:
        tally.certain[server.method(kind).path[1:], "OK"] += 1

    assert not {end for end in tally.certain if end[1] not in _EXPECTED}, tally.certain
    assert tally.certain.total() > 0.8 * counted.total(), "too little is known to prove anything"
    for end in counted.keys() | tally.certain.keys():
        low = tally.certain[end]
        assert low <= counted[end] <= low + tally.possible[end], (end, counted[end], low, tally.possible[end])
    for method in tally.methods:
        total = sum(count for (name, _), count in counted.items() if name == method)
        low = sum(count for (name, _), count in tally.certain.items() if name == method)
        assert low <= total <= low + tally.unknown[method], (method, total, low, tally.unknown[method])
    assert logged == counted, "the log and the metrics count differently"

    assert after.memory - before.memory < 16 * MIB + calls * 10
    assert after.tasks <= before.tasks + 1
    assert after.files <= before.files + 2
    assert not {place: (held.get(place, 0), now) for place, now in holds.items() if now > held.get(place, 0) + 3}


def _run(server: ServerUnderAttack, tokens: Sequence[str], calls: int, folder: Path, tally: Tally) -> None:
    """Have several processes call, and others that are killed while they do."""
    folder.mkdir()
    plans = (_plan(server, tokens, calls // _CALLERS, folder / f"{number}", number) for number in range(_CALLERS))
    callers = [_start(plan) for plan in plans]
    chance = random.Random(1)
    number = 0
    for number in range(max(2, calls // 5000)):
        doomed = _start(_plan(server, tokens, 1_000_000, folder / f"doomed-{number}", 100 + number))
        time.sleep(1 + chance.random())
        doomed.kill()
        doomed.wait()
    for caller in callers:
        assert caller.wait(1800) == 0
    for journal in folder.iterdir():
        tally.add(journal)


def _plan(server: ServerUnderAttack, tokens: Sequence[str], calls: int, journal: Path, seed: int) -> Plan:
    methods = {kind: server.method(kind) for kind in ("unary", "replies", "requests", "both")}
    stranger = rsa_signer("good").token(**server.project.target.claims)
    return Plan(
        port=server.port,
        journal=str(journal),
        seed=seed,
        calls=calls,
        at_once=_AT_ONCE,
        tokens=list(tokens),
        stranger=stranger,
        methods={kind: [method.path, [raw.hex() for raw in method.requests]] for kind, method in methods.items()},
    )


def _start(plan: Plan) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen([sys.executable, str(_CALLER)], stdin=subprocess.PIPE, env=environment())
    assert process.stdin is not None
    process.stdin.write(json.dumps(asdict(plan)).encode())
    process.stdin.close()
    return process


def _counted(server: ServerUnderAttack) -> Ends:
    """What the metrics say."""
    samples = server.scrape().samples("rpc_server_call_duration_seconds_count")
    return Counter({(labels["rpc_method"], labels["rpc_response_status_code"]): int(n) for labels, n in samples})


def _logged(server: ServerUnderAttack) -> Ends:
    """What the access log says."""
    return Counter((line["rpc"], line["code"]) for line in _lines(server) if line["event"] == "call")


def _lines(server: ServerUnderAttack) -> Iterator[dict[str, str]]:
    with server.log.open() as log:
        yield from (json.loads(line) for line in log if line.startswith("{"))
