"""One call in progress, as the concerns see it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol, TypeAlias

import grpc
from google.protobuf.message import Message

from ..gen.registry import Method
from ..server.context import Context

Metadata: TypeAlias = Sequence[tuple[str, str | bytes]]

METADATA: ContextVar[Metadata] = ContextVar("metadata", default=())
"""The metadata of the call in progress; reading it from grpc's context costs several times as much."""

REQUEST_ID_KEY = "x-request-id"

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the call in progress; the clients in ``client/`` pass it on to what a handler calls."""

DEADLINE: ContextVar[float | None] = ContextVar("deadline", default=None)
"""When the call in progress has to be over, by `time.monotonic`; None: it may take any time. The
clients in ``client/`` keep to it."""


class Principal(NamedTuple):
    """Who is calling, as far as it has been proven."""

    subject: str
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    expires: float | None = None
    """When the proof ends, in seconds since 1970; None where it does not say."""


ANONYMOUS = Principal("")

PRINCIPAL: ContextVar[Principal] = ContextVar("principal", default=ANONYMOUS)
"""The principal of the call in progress, for handlers and whatever they call."""


class Call:
    """What the concerns know of a call and tell each other.

    Most calls set few of the attributes: what the others begin with stands once, in the class.
    """

    request_id = ""
    code = grpc.StatusCode.OK
    entered = 0
    """Steps ahead of the handler that were taken."""
    expiry: asyncio.TimerHandle | None = None
    expired = False
    principal = ANONYMOUS
    trace_id = ""
    span: Any = None
    request: Any = None
    requests = 0

    def __init__(self, method: Method, context: Context) -> None:
        self.method = method
        self.context = context
        self.metadata = metadata = METADATA.get()
        self.headers = dict(metadata)
        """The metadata by key; of several values of one key the last."""
        self.started = time.perf_counter()
        self.remaining = context.time_remaining()
        """Seconds that the caller had left when the call began; None without a deadline."""

    def values(self, key: str) -> list[str]:
        """All values of a metadata key that are text."""
        return [value for name, value in self.metadata if name == key and isinstance(value, str)]


Before: TypeAlias = Callable[[Call], Awaitable[None] | None]
"""Runs ahead of the handler; refuses the call by raising a StatusError."""

Check: TypeAlias = Callable[[Call, Message], None]
"""Runs on each request once it is decoded; refuses it by raising a StatusError."""

After: TypeAlias = Callable[[Call, grpc.StatusCode], None]
"""Runs when the call has ended, however it ended, with the status that the caller sees."""


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
