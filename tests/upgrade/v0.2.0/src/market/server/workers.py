"""The parent of several workers: WORKERS processes that share GRPC_PORT, each on a core of its own.

It serves nothing itself. It starts the workers, passes signals on, and replaces a worker that died.
They are new interpreters and no forks: grpc's threads do not survive a fork.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from asyncio.subprocess import Process

from ..settings import Settings
from .logs import set_up_logging
from .ports import reserved

_LOG = logging.getLogger(__name__)

_PROGRAM = __name__.partition(".")[0]

_PAUSE = 1.0
"""Seconds until a worker that died is replaced: one that dies at once must not keep a core busy."""


async def supervise(settings: Settings) -> int:
    """Run the workers until SIGTERM or SIGINT; returns the exit code. Raises StartError."""
    set_up_logging(settings)
    _LOG.setLevel(logging.INFO)
    with reserved(settings.grpc_host, settings.grpc_port) as held:
        return await _Workers(settings.workers, held.getsockname()[1]).run()


class _Workers:
    """The processes, by their numbers."""

    def __init__(self, count: int, port: int) -> None:
        self._count = count
        self._environment = {**os.environ, "GRPC_PORT": str(port)}
        self._processes: dict[int, Process] = {}
        self._have_listened: set[int] = set()
        self._first_listens = asyncio.Event()
        self._stop = asyncio.Event()
        self._signals = 0

    async def run(self) -> int:
        """Keep them all until a signal; returns the exit code of the first that failed, else 0."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._pass_on, number)
        codes = await asyncio.gather(*(self._keep(number) for number in range(self._count)))
        # One that is asked to stop before it knows how ends by the signal itself.
        well = (0, -signal.SIGTERM, -signal.SIGINT) if self._signals == 1 else (0,)
        failed = [code for code in codes if code not in well]
        return 0 if not failed else failed[0] if failed[0] > 0 else 128 - failed[0]

    def _pass_on(self, number: signal.Signals) -> None:
        self._signals += 1
        self._stop.set()
        self._first_listens.set()
        for process in self._processes.values():
            process.send_signal(number)

    async def _keep(self, number: int) -> int:
        """Run a worker, and another in its place when it dies; returns how the last one ended."""
        if number > 0:
            # One goes ahead: what keeps it from starting would keep all of them, and each would say so.
            await self._first_listens.wait()
        code = 0
        while not self._stop.is_set():
            code = await self._run(number)
            if self._stop.is_set():
                break
            _LOG.error("worker died", extra={"worker": number, "code": code})
            if number not in self._have_listened:
                self._pass_on(signal.SIGTERM)
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _PAUSE)
        return code

    async def _run(self, number: int) -> int:
        """Run a worker to its end; returns its exit code."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                process = await self._start(number, theirs)
            self._processes[number] = process
            if self._stop.is_set():
                process.terminate()
            ours.setblocking(False)
            if await asyncio.get_running_loop().sock_recv(ours, 1):
                self._have_listened.add(number)
                self._first_listens.set()
            code = await process.wait()
            del self._processes[number]
            return code

    async def _start(self, number: int, line: socket.socket) -> Process:
        # In a group of its own it gets the Ctrl-C of a terminal from its parent, and only once.
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", _PROGRAM, "--worker", str(number)),
            env=self._environment,
            stdin=line.fileno(),
            process_group=0,
        )
