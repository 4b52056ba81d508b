"""Everything around the calls of one method, put together once, when the client first calls it.

Deadline, circuit, credentials, metadata, span, numbers and errors stand in one straight line of
code: as many interceptors would cost several times as much per call. Messages are read and written
here, so that one that cannot be is an error of the caller's or of the service's, and never None.
"""

import asyncio
import inspect
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import grpc
from google.protobuf.message import DecodeError, Message

from ..errors import Cancelled, Internal
from ..gen.registry import Method
from .channels import Line, Shared
from .credentials import Auth, granted
from .deadlines import Deadlines
from .metrics import METRICS
from .onward import Metadata, Pairs, checked, request_id, trace
from .options import Options
from .received import received
from .tracing import tracing

Fields: TypeAlias = Mapping[str, Any]


class Choices(NamedTuple):
    """What a caller may choose for one call."""

    timeout: float | None = None
    metadata: Metadata | None = None
    compression: grpc.Compression | None = None


class Outgoing:
    """One call in progress."""

    __slots__ = ("arguments", "line", "probe", "span", "start", "started")

    arguments: dict[str, Any]
    line: Line
    probe: bool
    span: Any
    start: Callable[..., Any]
    started: float


class Rpc:
    """One method of one client."""

    __slots__ = (
        "_breaker",
        "_deadlines",
        "_granted",
        "_method",
        "_shared",
        "_tracing",
        "metrics",
        "name",
    )

    def __init__(
        self,
        method: Method,
        shared: Shared,
        options: Options,
        auth: Auth | None,
    ) -> None:
        self.name = method.path[1:]
        self.metrics = METRICS.method(shared.target, self.name)
        self._method = method
        self._shared = shared
        self._deadlines = Deadlines(method, options)
        self._breaker = shared.breaker(self.name)
        self._tracing = tracing(self.name, shared.target)
        self._granted = None if auth is None else granted(auth)

    async def unary(self, request: Message | None, fields: Fields, choices: Choices) -> Any:
        """Send one request, for one reply."""
        raw = self.encoded(request, fields)
        grants = () if self._granted is None else await self.grants()
        call = self.begin(choices, grants)
        code = grpc.StatusCode.CANCELLED
        try:
            reply = self.decoded(await call.start(raw, **call.arguments))
            code = grpc.StatusCode.OK
            return reply
        except grpc.aio.AioRpcError as error:
            code = error.code()
            raise received(error, self.name) from error
        except asyncio.CancelledError:
            self.check_cancelled()
            raise
        except Internal:
            code = grpc.StatusCode.INTERNAL
            raise
        finally:
            self.end(call, code)

    async def grants(self) -> Pairs:
        """The metadata that proves who is calling; getting it may take a while."""
        if self._granted is None:
            return ()
        pairs = self._granted()
        return await pairs if inspect.isawaitable(pairs) else pairs

    def begin(self, choices: Choices, grants: Pairs) -> Outgoing:
        """Do what stands ahead of a call; `end` follows.

        Raises TypeError or ValueError for metadata, DeadlineExceeded or CircuitOpen.
        """
        own = () if choices.metadata is None else checked(choices.metadata)
        call = Outgoing()
        timeout = self._deadlines.timeout(choices.timeout)
        call.line = self._shared.line()
        call.start = call.line.starter(self._method)
        call.started = time.monotonic()
        call.probe = self._breaker is not None and self._breaker.enter(call.started)
        call.span, traced = (None, trace()) if self._tracing is None else self._tracing.start()
        pairs = (*grants, *request_id(), *traced, *own)
        call.arguments = {
            "timeout": timeout,
            "metadata": pairs or None,
            "compression": choices.compression,
        }
        call.line.calls += 1
        self.metrics.running += 1
        return call

    def end(self, call: Outgoing, code: grpc.StatusCode) -> None:
        """Do what stands behind a call, however it ended."""
        now = time.monotonic()
        self.metrics.running -= 1
        self.metrics.ended(code, now - call.started)
        if self._breaker is not None:
            self._breaker.leave(code, now, call.probe)
        if self._tracing is not None:
            self._tracing.end(call.span, code)
        call.line.hang_up()

    def encoded(self, request: Message | None, fields: Fields) -> bytes:
        """The bytes of a request. Raises TypeError, ValueError or EncodeError."""
        kind = self._method.request
        if request is None:
            request = kind(**fields)
        elif fields:
            raise TypeError(f"{self._method.attribute} takes a message or its fields, not both.")
        elif not isinstance(request, kind):
            wanted, given = kind.DESCRIPTOR.full_name, type(request).__name__
            raise TypeError(f"{self._method.attribute} takes {wanted}, not {given}.")
        raw: bytes = type(request).SerializeToString(request)
        return raw

    def decoded(self, raw: bytes) -> Any:
        """The reply in the bytes. Raises Internal."""
        try:
            return self._method.reply.FromString(raw)
        except DecodeError:
            error = Internal(f"the reply is no {self._method.reply.DESCRIPTOR.full_name}")
            error.rpc = self.name
            raise error from None

    def check_cancelled(self) -> None:
        """Raise Cancelled if not the caller was cancelled, but the call: its client was closed."""
        task = asyncio.current_task()
        if task is not None and not task.cancelling():
            raise self.cancelled() from None

    def cancelled(self) -> Cancelled:
        """The call was cancelled, and not by the service."""
        error = Cancelled("the call was cancelled, or its client closed")
        error.rpc = self.name
        return error
