"""One call in progress, as the concerns see it."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from random import getrandbits
from typing import Any, NamedTuple, Protocol, TypeAlias

import grpc
from google.protobuf.message import Message

from ..errors import StatusError
from ..gen.registry import Method
from ..server.context import Context

Metadata: TypeAlias = Sequence[tuple[str, str | bytes]]

REQUEST_ID_KEY = "x-request-id"

_ACCEPTED = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)


def accepted_id(given: str | bytes | None, number: int) -> str:
    """The caller's own, or else ours: what a caller sends ends up in logs, and has to be harmless."""
    if isinstance(given, str) and _ACCEPTED.fullmatch(given):
        return given
    return number.to_bytes(16, "big").hex()


class Principal(NamedTuple):
    """Who is calling, as far as it has been proven."""

    subject: str
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    expires: float | None = None
    """When the proof ends, in seconds since 1970; None where it does not say."""


ANONYMOUS = Principal("")


class Call:
    """What the concerns know of a call and tell each other.

    Most calls set few of the attributes: what the others begin with stands once, in the class.
    """

    context: Context
    """Of grpc; there as long as the call is in progress."""
    peer: str
    seconds: float
    """What the call took, once it has ended."""
    remaining: float | None = None
    """Seconds that it could take when it began; None: any time."""
    code = grpc.StatusCode.OK
    principal = ANONYMOUS
    ends: tuple[asyncio.TimerHandle, ...] = ()
    """Wait for the moment in which the call has to end, whatever it does."""
    ended_with: StatusError | None = None
    """What such a moment has for its caller."""
    closing: "tuple[After, ...]" = ()
    """Steps behind the handler of this call alone."""
    has_room = False
    trace_id = ""
    span: Any = None
    """Of OpenTelemetry; None where nobody takes it."""
    unsampled: Any = None
    """What stands for the ids of such a span, for whoever asks."""
    request: Any = None
    requests = 0
    _request_id = ""

    def __init__(self, rpc: str, metadata: Metadata) -> None:
        self.rpc = rpc
        """``/package.Service/Method``."""
        self.metadata = metadata
        self.headers = dict(metadata)
        """The metadata by key; of several values of one key the last."""
        self.started = time.monotonic()
        self.number = getrandbits(128)
        """Drawn for each call: its request id, and that of a trace which begins with it."""

    def end_in(self, seconds: float, error: StatusError) -> None:
        """Cancel the task of the call after some seconds, and tell its caller why."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def end() -> None:
            self.ended_with = error
            if task is not None:
                task.cancel()

        self.ends = (*self.ends, loop.call_later(seconds, end))

    def left(self) -> float | None:
        """Seconds until the call has to be over; None: it may take any time."""
        if self.remaining is None:
            return None
        return self.remaining - (time.monotonic() - self.started)

    def stop_waiting(self) -> None:
        """The call ends by itself."""
        for end in self.ends:
            end.cancel()

    @property
    def request_id(self) -> str:
        """The caller's own, or else ours."""
        if not self._request_id:
            self._request_id = accepted_id(self.headers.get(REQUEST_ID_KEY), self.number)
        return self._request_id

    def values(self, key: str) -> list[str]:
        """All values of a metadata key that are text."""
        return [value for name, value in self.metadata if name == key and isinstance(value, str)]


CALL: ContextVar[Call] = ContextVar("call")
"""The call in progress, and of tasks that were begun in one; the clients in ``client/`` pass on what
belongs to it."""


def principal() -> Principal:
    """Who made the call in progress, for handlers and whatever they call; ANONYMOUS outside of one."""
    call = CALL.get(None)
    return ANONYMOUS if call is None else call.principal


def request_id() -> str:
    """The id of the call in progress, for whatever is to be found by it; empty outside of one."""
    call = CALL.get(None)
    return "" if call is None else call.request_id


Before: TypeAlias = Callable[[Call], Awaitable[None] | None]
"""Runs ahead of the handler; refuses the call by raising a StatusError."""

Check: TypeAlias = Callable[[Call, Message], None]
"""Runs on each request once it is decoded; refuses it by raising a StatusError."""

After: TypeAlias = Callable[[Call], None]
"""Runs when the call has ended, with the status that the caller sees; also of calls that were refused
ahead of the concern's own first step."""

Sent: TypeAlias = Callable[[Call, Message], None]
"""Runs behind each reply that went into a stream."""


class Steps(NamedTuple):
    """What one concern does around the calls of one method."""

    before: Before | None = None
    check: Check | None = None
    after: After | None = None
    sent: Sent | None = None


class Concern(Protocol):
    """One concern of all calls."""

    def steps(self, method: Method) -> Steps:
        """What it does around the calls of a method; asked once, at start-up."""
