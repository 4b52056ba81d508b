"""How the service stops: in good order on the first signal, at once on the second."""

import asyncio
import signal

import grpc

from ..interceptors.gate import Gate
from ..settings import Settings
from .health import NOT_SERVING, Health

_REFUSING = 0.2
"""The end of the drain, in seconds, in which calls are refused.

grpc ends calls that arrive in the moment it stops with CANCELLED, which nobody tries again for.
Whoever was told UNAVAILABLE just before is waiting then.
"""


def stop_signal() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; a second one ends the process, whatever it is doing."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    numbers = (signal.SIGTERM, signal.SIGINT)

    def first() -> None:
        stop.set()
        for number in numbers:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in numbers:
        loop.add_signal_handler(number, first)
    return stop


async def shut_down(
    server: grpc.aio.Server,
    health: Health,
    gate: Gate,
    settings: Settings,
) -> None:
    """Say that it stops, wait until callers noticed, then let calls in flight finish."""
    health.set(NOT_SERVING)
    refusing = min(_REFUSING, settings.shutdown_drain)
    await asyncio.sleep(settings.shutdown_drain - refusing)
    gate.close()
    await asyncio.sleep(refusing)
    health.end_watches()
    await server.stop(settings.shutdown_grace)
