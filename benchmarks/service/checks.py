"""That every concern is on and works, on the very servers that are timed."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import grpc

from benchmarks.service.running import Server
from tests.server.collector import Collector
from tests.server.issuer import Signer, bearer, rsa_signer


class CheckError(RuntimeError):
    """A concern does not do its work, so that timing the server would mean nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call ended."""

    code: str
    details: str


Ask = Callable[..., Answer]

GOOD_CALLS = 1
"""Of Say, that a check makes."""


def check(server: Server, signer: Signer, say: Callable[..., bytes]) -> None:
    """Raises CheckError unless every concern refuses what it has to; ``say`` makes a request's bytes."""
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:

        def ask(method: str = "Say", *, token: str | None = None, timeout: float = 10, **fields: Any) -> Answer:
            good = signer.token(roles=["caller"]) if token is None else token
            metadata = [*(bearer(good) if good else ()), ("x-request-id", "the-request-id")]
            try:
                stub: Any = channel.unary_unary(f"/echo.v1.Echo/{method}")
                stub(say(**{"text": "hello", **fields}), metadata=metadata, timeout=timeout)
            except grpc.RpcError as error:
                return Answer(error.code().name, error.details() or "")
            return Answer("OK", "")

        for name, holds in _checks(ask, signer):
            if not holds:
                raise CheckError(f"{server.variant.name}: {name} does not do its work")
    _check_log(server)


def _checks(ask: Ask, signer: Signer) -> Iterator[tuple[str, bool]]:
    yield "a good call", ask().code == "OK"
    yield "authentication", ask(token="").code == "UNAUTHENTICATED"
    yield "the signature", ask(token=rsa_signer(signer.key_id).token(roles=["caller"])).code == "UNAUTHENTICATED"
    yield "authorization", ask(token=signer.token(roles=["other"])).code == "PERMISSION_DENIED"
    yield "REQUIRED", ask(text="").code == "INVALID_ARGUMENT"
    yield "buf.validate", "number" in ask(number=-1).details
    broken = ask("Break")
    yield "the error boundary", broken.code == "INTERNAL" and "secret" not in broken.details
    yield "the request id", "the-request-id" in broken.details
    yield "the rate limit", [ask("Rarely").code for _ in range(2)] == ["OK", "RESOURCE_EXHAUSTED"]
    yield "the deadline", ask("Alone", number=1000, timeout=0.2).code == "DEADLINE_EXCEEDED"
    yield "an audited call", ask("Audited").code == "OK"


def _check_log(server: Server) -> None:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        events = [json.loads(line) for line in server.log.read_text().splitlines() if line.endswith("}")]
        found = {event["event"] for event in events}
        if {"call", "audit", "call failed"} <= found:
            return
        time.sleep(0.05)
    raise CheckError(f"{server.variant.name}: of the access log, the audit event and the error only {found} are there")


def check_counts(server: Server, ended: Mapping[str, int], collector: Collector) -> None:
    """Raises CheckError unless each timed call is in the metrics and in the log once, and spans have come."""
    time.sleep(1)  # lines and spans are gathered before they are written and sent
    with urllib.request.urlopen(f"http://127.0.0.1:{server.metrics_port}/metrics", timeout=5) as reply:
        metrics = reply.read().decode().splitlines()
    log = [line for line in server.log.read_text().splitlines() if '"call"' in line and '"OK"' in line]
    for method, calls in ended.items():
        rpc = f'"echo.v1.Echo/{method}"'
        ours = (line for line in metrics if "_count{" in line and rpc in line and '"OK"' in line)
        counted = sum(float(line.rsplit(" ", 1)[1]) for line in ours)
        logged = sum(rpc in line for line in log)
        if not counted == logged == calls:
            raise CheckError(
                f"{server.variant.name}: of {calls} calls of {method}, {counted:.0f} are in the metrics "
                f"and {logged} in the log"
            )
    if not any("echo.v1.Echo" in span.name for span in collector.spans):
        raise CheckError(f"{server.variant.name}: no span has come of one call in a hundred")
