"""Draw the Grafana dashboard of a generated project, without Grafana: python -m tools.dashboard

A real service is put under load, a real Prometheus scrapes it, and every panel is drawn from what
its own queries answer. It shows what is on the dashboard, not how Grafana paints it.
"""

import json
import math
import random
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import grpc

from tests.deploy import prometheus
from tests.deploy.library import SERVICE, Running, generate
from tests.server.certificate_authority import LOCALHOST, CertificateAuthority
from tools.panels import Panel, Series, picture

SECONDS = 180.0
"""How long it is under load."""
POINTS = 72
TARGET = Path(__file__).parents[1] / "docs" / "dashboard.svg"

_MIX: dict[tuple[str, bytes], int] = {
    ("GetBook", b""): 60,
    ("CreateBook", b"\x12\x03\x12\x01x"): 20,
    ("CreateBook", b""): 4,  # refused: it has no title
    **{("Fail", b"\x10" + bytes([milliseconds])): 1 for milliseconds in range(5, 125, 5)},
    ("WatchBooks", b"\x08\x14"): 4,
}
"""How often a method is called with a request."""

_FAULTS = (b"\x0a\x03bug", b"\x0a\x0bunavailable")
"""What makes ``Fail`` fail; the second is worth another attempt."""

_RETRIED: dict[str, Any] = {
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 3,
                "initialBackoff": "0.05s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}


def main() -> int:
    """Write docs/dashboard.svg."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = generate(folder / "library")
        monitoring = library.folder / "deploy" / "monitoring"
        authority = CertificateAuthority()
        secure = authority.issue("library", LOCALHOST, days=90).write(folder, "server")
        rules = prometheus.accelerated((monitoring / "rules.yaml").read_text())
        with (
            library.running(folder / "first", MAX_CONCURRENT_RPCS=100, **secure) as first,
            library.running(folder / "second", MAX_CONCURRENT_RPCS=100) as second,
            prometheus.running(rules, [first.metrics, second.metrics], folder) as seen,
        ):
            trusted = grpc.ssl_channel_credentials(authority.certificate)
            retried = [("grpc.service_config", json.dumps(_RETRIED))]
            with (
                grpc.secure_channel(f"localhost:{first.port}", trusted, retried) as safe,
                grpc.insecure_channel(f"127.0.0.1:{second.port}", retried) as plain,
            ):
                _load(safe, plain, second)
            board = json.loads((monitoring / "dashboard.json").read_text())
            TARGET.write_text(picture(list(_panels(board, seen))), encoding="utf-8")
    print(TARGET)
    return 0


def _load(safe: grpc.Channel, plain: grpc.Channel, relay: Running) -> None:
    """Calls that come in waves; in the last third some of them fail."""
    begun = time.monotonic()
    mix, weights = list(_MIX), list(_MIX.values())
    where = f"127.0.0.1:{relay.port}".encode()
    onward = b"\x0a\x05there\x1a" + bytes([len(where)]) + where
    ended = threading.Event()

    def caller(number: int) -> None:
        while (passed := time.monotonic() - begun) < SECONDS and not ended.is_set():
            ((method, body),) = random.choices(mix, weights)
            if number == 0 and passed > SECONDS * 2 / 3 and random.random() < 0.01:
                method, body = "Fail", random.choice(_FAULTS)
            elif number == 1 and random.random() < 0.2:
                method, body = "Fail", onward
            channel = random.choice((safe, plain, plain)) if body != onward else plain
            call: Any = channel.unary_stream(f"/{SERVICE}/{method}")
            with suppress(grpc.RpcError):
                list(call(body, timeout=5))
            time.sleep(0.05 + 0.04 * math.sin(passed / 12 + number / 8))

    with ThreadPoolExecutor(16) as threads:
        try:
            list(threads.map(caller, range(16)))
        finally:
            ended.set()


def _panels(board: Any, seen: prometheus.Prometheus) -> Iterator[Panel]:
    """The panels from top to bottom, those in rows as they are once a row is opened."""
    end = time.time() - 2
    below = 0
    for panel in board["panels"]:
        shown = [panel, *panel.get("panels", ())]
        for each in shown:
            queries = (_ranges(target, seen, end) for target in each.get("targets", ()))
            yield Panel(_named(each["title"]), each, tuple(s for q in queries for s in q), below)
        below += max((each["gridPos"]["y"] + each["gridPos"]["h"] for each in shown[1:]), default=0)
        below -= panel["gridPos"]["y"] + 1 if len(shown) > 1 else 0


def _named(text: str) -> str:
    """A text with the variables of the dashboard filled in."""
    return text.replace("$service", SERVICE).replace("$method", f"{SERVICE}/WatchBooks")


def _ranges(target: Any, seen: prometheus.Prometheus, end: float) -> Iterator[Series]:
    """What a query answers for the time under load."""
    escaped = SERVICE.replace(".", "\\\\.")
    expression = target["expr"].replace("$namespace", ".*").replace("$job", "library")
    expression = expression.replace("$service", escaped).replace("$method", f"{escaped}/WatchBooks")
    expression = expression.replace("$__rate_interval", "8s")
    start = end - SECONDS + 5
    answer = seen.get("query_range", query=expression, start=str(start), end=str(end), step=f"{SECONDS / POINTS:g}")
    for found in answer["result"]:
        label = re.sub(r"\{\{(\w+)\}\}", partial(_label, found["metric"]), target["legendFormat"])
        points = [((at - start) / (end - start), float(value)) for at, value in found["values"]]
        yield Series(label, found["metric"], tuple(p for p in points if math.isfinite(p[1])))


def _label(metric: dict[str, str], name: re.Match[str]) -> str:
    return metric.get(name[1], "")


if __name__ == "__main__":
    sys.exit(main())
