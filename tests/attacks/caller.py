"""A client that behaves as clients do, and writes down each call and how it ended.

    python caller.py < plan.json

A line ``+ PATH`` for a call that begins, and one when it has ended: ``= PATH STATUS`` if that is what the
server counts too, ``? PATH STATUS,STATUS`` if it counts one of these or never heard of the call. What began
and has no end is unknown: the process was killed. It knows nothing of the service but the bytes to send.
"""

import asyncio
import json
import os
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import grpc
import uvloop

_TIMEOUT_SECONDS = 60.0
"""Seconds after which a call that should end by itself has failed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do; see `test_soak` for where it comes from."""

    port: int
    journal: str
    seed: int
    calls: int
    at_once: int
    tokens: list[str]
    stranger: str
    """A token that is refused."""
    methods: dict[str, list[Any]]
    """Path and hexadecimal requests of the methods ``unary``, ``replies``, ``requests`` and ``both``."""


class Journal:
    """Each line is on disk before the next thing is done, whatever happens to the process."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def begins(self, path: str) -> None:
        """A call is about to be made."""
        os.write(self._file, f"+ {path}\n".encode())

    def ended(self, path: str, status: str) -> None:
        """The server saw this end as well."""
        os.write(self._file, f"= {path} {status}\n".encode())

    def perhaps(self, path: str, *statuses: str) -> None:
        """The server saw one of these ends, or nothing."""
        os.write(self._file, f"? {path} {','.join(statuses)}\n".encode())


class Caller:
    """Makes calls of all kinds, each in one of the ways that are weighted in `_WAYS`."""

    def __init__(self, plan: Plan, channel: grpc.aio.Channel) -> None:
        self._plan = plan
        self._journal = Journal(plan.journal)
        self._random = random.Random(plan.seed)
        self._channel = channel
        self._left = plan.calls

    async def work(self) -> None:
        """Make calls until all of the plan are made."""
        while self._left > 0:
            self._left -= 1
            kind, way = self._random.choices(list(_WAYS), [weight for _, weight in _WAYS.values()])[0]
            do = _WAYS[kind, way][0]
            path = self._plan.methods[kind][0]
            self._journal.begins(path)
            await do(self, kind, path)

    def start(self, kind: str, sent: Any, token: str = "", timeout: float = _TIMEOUT_SECONDS) -> Any:
        """Begin a call."""
        word = {"unary": "unary_unary", "replies": "unary_stream", "requests": "stream_unary", "both": "stream_stream"}
        token = token or self._random.choice(self._plan.tokens)
        metadata = (("authorization", f"Bearer {token}"),)
        return getattr(self._channel, word[kind])(self._plan.methods[kind][0])(sent, metadata=metadata, timeout=timeout)

    def sent(self, kind: str) -> Any:
        """What is sent: one request, or a stream of them that ends."""
        requests = [bytes.fromhex(raw) for raw in self._plan.methods[kind][1]]
        return _stream(requests) if kind in ("requests", "both") else requests[0]

    async def whole(self, kind: str, path: str) -> None:
        """A call as it is meant."""
        self._journal.ended(path, await _read(self.start(kind, self.sent(kind))))

    async def refused(self, kind: str, path: str) -> None:
        """Make a call with an invalid token."""
        await self.early(path, self.start(kind, self.sent(kind), self._plan.stranger))

    async def nonsense(self, kind: str, path: str) -> None:
        """Make a call with bytes that cannot be decoded."""
        sent = _stream([b"\xff"]) if kind in ("requests", "both") else b"\xff"
        await self.early(path, self.start(kind, sent))

    async def early(self, path: str, call: Any) -> None:
        """Read a call that is refused before the client has sent everything.

        grpc's own client loses the status now and then, where that hits it while it sends.
        """
        status = await _read(call)
        if status == "INTERNAL" and await call.details() == "Internal error from Core":
            self._journal.perhaps(path, "UNAUTHENTICATED", "INVALID_ARGUMENT")
        else:
            self._journal.ended(path, status)

    async def left(self, kind: str, path: str) -> None:
        """Cancel a response stream after its first response."""
        call = self.start(
            kind, _stream([bytes.fromhex(self._plan.methods[kind][1][0])], 3600) if kind == "both" else self.sent(kind)
        )
        await call.read()
        call.cancel()
        self._journal.ended(path, (await call.code()).name)

    async def late(self, kind: str, path: str) -> None:
        """Read a response stream until its deadline."""
        call = self.start(kind, self.sent(kind), timeout=1)
        first = await _next(call)
        status = await _read(call)
        (self._journal.ended if first else self._journal.perhaps)(path, status)

    async def broken(self, kind: str, path: str) -> None:
        """An upload that is broken off: it must never look finished."""
        requests = [bytes.fromhex(raw) for raw in self._plan.methods[kind][1]]
        call = self.start(kind, _stream(requests[:1], 3600))
        await asyncio.sleep(self._random.random() / 50)
        call.cancel()
        self._journal.perhaps(path, "CANCELLED")
        await _read(call)

    async def cancelled(self, kind: str, path: str) -> None:
        """A call that is cancelled at any moment."""
        call = self.start(kind, self.sent(kind))
        await asyncio.sleep(self._random.random() / 200)
        call.cancel()
        self._journal.perhaps(path, "OK", "CANCELLED")
        await _read(call)

    async def hurried(self, kind: str, path: str) -> None:
        """A call with less time than it may need."""
        status = await _read(self.start(kind, self.sent(kind), timeout=self._random.random() / 100))
        if status == "OK":
            self._journal.ended(path, status)
        else:
            self._journal.perhaps(path, "OK", "DEADLINE_EXCEEDED", "CANCELLED")


_Way = Callable[[Caller, str, str], Awaitable[None]]

_WAYS: dict[tuple[str, str], tuple[_Way, float]] = {
    ("unary", "whole"): (Caller.whole, 50),
    ("unary", "refused"): (Caller.refused, 3),
    ("unary", "nonsense"): (Caller.nonsense, 2),
    ("unary", "cancelled"): (Caller.cancelled, 3),
    ("unary", "hurried"): (Caller.hurried, 3),
    ("requests", "whole"): (Caller.whole, 9),
    ("requests", "refused"): (Caller.refused, 1),
    ("requests", "nonsense"): (Caller.nonsense, 1),
    ("requests", "broken"): (Caller.broken, 3),
    ("replies", "refused"): (Caller.refused, 1),
    ("replies", "left"): (Caller.left, 8),
    ("replies", "late"): (Caller.late, 1),
    ("both", "whole"): (Caller.whole, 9),
    ("both", "left"): (Caller.left, 5),
    ("both", "nonsense"): (Caller.nonsense, 1),
}
"""How calls are made, and how often."""


async def _stream(requests: list[bytes], pause: float = 0) -> AsyncIterator[bytes]:
    for request in requests:
        yield request
    await asyncio.sleep(pause)


async def _next(call: Any) -> bool:
    try:
        return await call.read() is not grpc.aio.EOF
    except grpc.aio.AioRpcError:
        return False


async def _read(call: Any) -> str:
    """Read a call to its end; returns the status."""
    try:
        if hasattr(call, "read"):
            while await call.read() is not grpc.aio.EOF:
                pass
        else:
            await call
    except (grpc.aio.AioRpcError, asyncio.CancelledError):
        pass
    status: str = (await call.code()).name
    return status


async def main() -> None:
    """Carry out the plan that standard input brings."""
    plan = Plan(**json.load(sys.stdin))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{plan.port}") as channel:
        caller = Caller(plan, channel)
        await asyncio.gather(*(caller.work() for _ in range(plan.at_once)))


if __name__ == "__main__":
    uvloop.run(main())
