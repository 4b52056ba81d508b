"""Calls that arrive while the service stops are held until their callers know."""

import asyncio
import math
import time
from collections.abc import Awaitable
from contextlib import suppress

import grpc

from ..gen.registry import Method
from .call import Call, Steps

_TICK = 0.002
"""Seconds."""


class Gate:
    """Open but for the moment in which the server stops; calls that are in already go on."""

    def __init__(self) -> None:
        self._opening: asyncio.Event | None = None
        self._held = 0
        self._inside = 0
        self._empty: asyncio.Event | None = None
        self._ends = math.inf

    def close(self) -> None:
        """Hold every call that arrives from now on."""
        self._opening = asyncio.Event()

    def open(self) -> None:
        """Let calls in, those that were held first."""
        if self._opening is not None:
            self._opening.set()
        self._opening = None

    def cut_off(self, seconds: float) -> None:
        """Calls that are still inside after some seconds are ended by the server: UNAVAILABLE."""
        self._ends = time.monotonic() + seconds - _TICK

    async def quiet(self, pause: int, patience: int) -> None:
        """Wait for a pause between calls, in ticks: the longer it takes, the shorter one will do.

        Ticks grow with the work that waits for its turn, calls that have not been seen yet among it.
        """
        ticks = silent = held = 0
        while silent * patience < pause * (patience - ticks):
            await asyncio.sleep(_TICK)
            ticks += 1
            silent = silent + 1 if held == self._held else 0
            held = self._held

    async def empty(self, seconds: float) -> None:
        """Wait until the last call has left, for some seconds at most."""
        if self._inside:
            self._empty = asyncio.Event()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._empty.wait()

    def steps(self, method: Method) -> Steps:
        """Every method alike."""
        return Steps(before=self._before, after=self._after)

    def _before(self, call: Call) -> Awaitable[None] | None:
        if self._opening is not None:
            return self._hold(self._opening)
        self._inside += 1
        return None

    async def _hold(self, opening: asyncio.Event) -> None:
        self._held += 1
        await opening.wait()
        self._inside += 1

    def _after(self, call: Call, code: grpc.StatusCode) -> None:
        self._inside -= 1
        if code is grpc.StatusCode.CANCELLED and time.monotonic() >= self._ends:
            # Its caller did not cancel it, and is told that the server has gone.
            call.code = grpc.StatusCode.UNAVAILABLE
        if self._empty is not None and not self._inside:
            self._empty.set()
