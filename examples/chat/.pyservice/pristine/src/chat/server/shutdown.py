"""How the service stops: in good order on the first signal, at once on the second."""

import asyncio
import signal

import grpc

from ..interceptors.gate import Gate
from ..settings import Settings
from .health import NOT_SERVING, Health

_HOLD = 0.3
"""Seconds that calls are held ahead of the stop: who waits for an answer sends no more by then.

On a busy machine a call can take more than 100 ms from its caller to here.
"""

_TIDYING = 2.0
"""Seconds that handlers have to tidy up behind a call which the end of the grace cut off."""

_HEARD = 0.1
"""Seconds in which callers hear that they have to connect elsewhere."""


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
    await asyncio.sleep(settings.shutdown_drain)
    if settings.shutdown_grace:
        gate.close()
        await asyncio.sleep(_HOLD)
    health.end_watches()
    await _stop(server, gate, settings.shutdown_grace)
    # grpc does not wait for the calls that it cancels; what they use is closed after this.
    await gate.empty(_TIDYING)


async def _stop(server: grpc.aio.Server, gate: Gate, grace: float) -> None:
    """Tell callers to connect elsewhere, and give the calls that are here their time.

    Once grpc says so it ends each call that arrives with CANCELLED, which nobody tries again for:
    calls that were sent before their callers heard of it. That is why the gate holds calls first,
    until those who wait for their answers send no more, and lets them in when no more can come.
    """
    gate.cut_off(grace)
    stopping = asyncio.create_task(server.stop(grace))
    await asyncio.sleep(min(_HEARD, grace))
    gate.open()
    await stopping
