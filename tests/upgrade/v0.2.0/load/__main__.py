"""Call each RPC as fast as a number of callers can, and report: ``python -m load --help``.

Requests are those of tests/messages.py: say there, in SENSIBLE, what your service takes. Without
``--target`` the service is started here, on a free port of this machine, and stopped again.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

import grpc

from tests.calls import METHODS, Method, begin, finish
from tests.messages import sample

from .report import Result, page, table
from .target import started

_REPLIES = 20
"""Replies that are read of a stream, at most: some have no end."""


def main() -> int:
    """Run the load; returns 1 if a declared deadline did not hold, or a call failed."""
    arguments = _arguments()
    results = asyncio.run(_run(arguments))
    print(table(results))
    if arguments.html:
        arguments.html.parent.mkdir(parents=True, exist_ok=True)
        arguments.html.write_text(page(results), encoding="utf-8")
        print(f"\nplots: {arguments.html}")
    return 0 if all(result.is_good for result in results) else 1


async def _run(arguments: argparse.Namespace) -> list[Result]:
    chosen = [method for method in METHODS if arguments.only in method.path]
    results: list[Result] = []
    async with started(arguments.target) as target:
        async with _channel(target, arguments.ca) as channel:
            for number, method in enumerate(chosen):
                bar = _Bar(f"{number + 1}/{len(chosen)} {method.path[1:]}", arguments.seconds)
                results.append(await _load(channel, method, arguments, bar))
                bar.end()
    return results


async def _load(
    channel: grpc.aio.Channel,
    method: Method,
    arguments: argparse.Namespace,
    bar: "_Bar",
) -> Result:
    """Keep a number of callers busy with one RPC."""
    result = Result(method.path[1:], method.policy.timeout)
    request = sample(method.request)
    end = time.perf_counter() + arguments.seconds

    async def caller() -> None:
        while time.perf_counter() < end and not result.is_unwritten:
            before = time.perf_counter()
            call = begin(
                channel, method, [request], arguments.metadata, method.policy.timeout or 30
            )
            ended = await finish(call, patience=1, most=_REPLIES)
            result.add(time.perf_counter() - before, ended)
            bar.show(len(result.seconds))

    before = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(arguments.callers)))
    result.took = time.perf_counter() - before
    return result


def _channel(target: str, ca: Path | None) -> grpc.aio.Channel:
    if ca is None:
        return grpc.aio.insecure_channel(target)
    return grpc.aio.secure_channel(target, grpc.ssl_channel_credentials(ca.read_bytes()))


class _Bar:
    """How far one RPC is, on the terminal; elsewhere nothing."""

    _WIDTH = 24

    def __init__(self, name: str, seconds: float) -> None:
        self._name = name
        self._seconds = seconds
        self._began = time.perf_counter()
        self._shown = 0.0

    def show(self, calls: int) -> None:
        """Draw anew, a few times a second."""
        now = time.perf_counter()
        if now - self._shown < 0.1 or not sys.stderr.isatty():
            return
        self._shown = now
        passed = now - self._began
        full = min(self._WIDTH, int(self._WIDTH * passed / self._seconds))
        drawn = "#" * full + "." * (self._WIDTH - full)
        print(f"\r[{drawn}] {self._name} {calls / passed:,.0f}/s\033[K", end="", file=sys.stderr)

    def end(self) -> None:
        """Leave an empty line."""
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m load", description="Put load on the service.")
    parser.add_argument("--target", help="host:port of a service that runs; default: start one")
    parser.add_argument("--seconds", type=float, default=5, help="for each RPC (5)")
    parser.add_argument("--callers", type=int, default=16, help="calls at once (16)")
    parser.set_defaults(callers=8)  # mine: as many as there are tills
    parser.add_argument("--only", default="", help="RPCs whose path has this in it")
    parser.add_argument("--html", type=Path, help="write a page with a plot of each RPC")
    parser.add_argument("--ca", type=Path, help="TLS, with a certificate of this authority (PEM)")
    parser.add_argument(
        "--metadata",
        type=_pair,
        action="append",
        default=[],
        help="key:value to send along, such as x-api-key:...; may be repeated",
    )
    return parser.parse_args()


def _pair(text: str) -> tuple[str, str]:
    key, colon, value = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError("write key:value")
    return key.strip().lower(), value.strip()


if __name__ == "__main__":
    sys.exit(main())
