"""Calls that arrive while the service stops are held until their callers know."""

import asyncio
import math
import time

_TICK = 0.002
"""Seconds."""


class Gate:
    """Open but for the moment in which the server stops; calls that are in already go on."""

    def __init__(self) -> None:
        self.opening: asyncio.Event | None = None
        """What calls have to wait for; None while the gate is open."""
        self.inside = 0
        """Calls that have begun and not ended; the pipeline counts them."""
        self._ends = math.inf

    def close(self) -> None:
        """Hold every call that arrives from now on."""
        self.opening = asyncio.Event()

    def open(self) -> None:
        """Let calls in, those that were held first."""
        if self.opening is not None:
            self.opening.set()
        self.opening = None

    def cut_off(self, seconds: float) -> None:
        """Calls that are still inside after some seconds are ended by the server: UNAVAILABLE."""
        self._ends = time.monotonic() + seconds - _TICK

    def has_cut_off(self) -> bool:
        """Whether a call that is cancelled now has been ended by the server."""
        return time.monotonic() >= self._ends

    async def empty(self, seconds: float) -> None:
        """Wait until the last call has left, for some seconds at most."""
        for _ in range(round(seconds / _TICK)):
            if not self.inside:
                return
            await asyncio.sleep(_TICK)
