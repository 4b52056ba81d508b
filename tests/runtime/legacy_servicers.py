"""Servicers as they were written for grpc_tools: plain, asynchronous, and with reads and writes."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import grpc
import pytest

from pyservice_runtime.core.registry import Method
from pyservice_runtime.server import Application, running
from pyservice_runtime.testing.calls import DETAILS_KEY, End, call

from .probe.gen.registry import REGISTRY
from .probe.gen.servicers import AuditServicer, EmptyServicer, ProbeServicer
from .probe_service import KINDS, connected, settings_for_tests, text

Code = grpc.StatusCode

each_kind = pytest.mark.parametrize("rpc", KINDS, ids=lambda rpc: rpc.name)


class RichStatus(NamedTuple):
    """A `grpc.Status`, as `grpc_status` makes it."""

    code: grpc.StatusCode
    details: str
    trailing_metadata: tuple[tuple[str, bytes], ...]


class Recorded:
    """What a handler of grpc does with its context, by the text of a request."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.context: Any = None
        self.go_on = threading.Event()

    def do(self, value: str, context: Any) -> Any:
        """Return the response."""
        self.context = context
        if value == "metadata":
            pairs = dict(context.invocation_metadata())
            named = {one.key: one.value for one in context.invocation_metadata()}
            return text(f"{pairs['x-mine']} {named['x-mine']}")
        if value == "left":
            return text(str(4 < context.time_remaining() < 6))
        if value == "set":
            context.set_code(Code.NOT_FOUND)
            context.set_details("no such order")
            context.set_trailing_metadata((("x-end", "1"),))
            return text("")
        if value == "set and raise":
            context.set_code(Code.NOT_FOUND)
            context.set_details("no such order")
            raise KeyError(value)
        if value == "abort":
            context.abort(Code.OUT_OF_RANGE, "past the end")
        if value == "abort with status":
            context.abort_with_status(RichStatus(Code.ABORTED, "again", ((DETAILS_KEY, b""),)))
        if value == "cancel":
            context.cancel()
        if value == "callback":
            added = context.add_callback(lambda: self.events.append("ended"))
            return text(str(added))
        if value == "failing callback":
            context.add_callback(lambda: [][0])
            context.add_callback(lambda: self.events.append("ended"))
        return text(value)


class PlainLegacy(Recorded):
    """Without `async`, with generators."""

    def Echo(self, request: Any, context: Any) -> Any:
        """One response."""
        if request.value == "wait":
            context.add_callback(self.go_on.set)
            self.events.append("wait")
            self.go_on.wait(10)
            self.events.append(f"active: {context.is_active()}")
        return self.do(request.value, context)

    def List(self, request: Any, context: Any) -> Any:
        """A generator of responses."""
        yield self.do(request.value, context)
        yield text("last")

    def Gather(self, request_iterator: Any, context: Any) -> Any:
        """The last response of many."""
        *_, last = [self.do(request.value, context) for request in request_iterator]
        return last

    def Talk(self, request_iterator: Any, context: Any) -> Any:
        """A generator of responses to many requests."""
        for request in request_iterator:
            yield self.do(request.value, context)


class AsyncLegacy(Recorded):
    """With `async`, and asynchronous generators."""

    async def Echo(self, request: Any, context: Any) -> Any:
        """One response."""
        if request.value == "headers":
            await context.send_initial_metadata((("x-first", "1"),))
        response = self.do(request.value, context)
        if request.value == "cancel":
            await asyncio.sleep(10)
        return response

    async def List(self, request: Any, context: Any) -> Any:
        """A generator of responses."""
        yield self.do(request.value, context)
        yield text("last")

    async def Gather(self, request_iterator: Any, context: Any) -> Any:
        """The last response of many."""
        response = text("")
        async for request in request_iterator:
            response = self.do(request.value, context)
        return response

    async def Talk(self, request_iterator: Any, context: Any) -> Any:
        """A generator of responses to many requests."""
        async for request in request_iterator:
            yield self.do(request.value, context)


class ReaderWriterLegacy(Recorded):
    """With `context.read()` and `context.write()`."""

    async def Echo(self, request: Any, context: Any) -> Any:
        """One response."""
        return self.do(request.value, context)

    async def List(self, request: Any, context: Any) -> None:
        """Write in another task, as handlers with a queue do."""

        async def write() -> None:
            await context.write(self.do(request.value, context))

        await asyncio.create_task(write())
        await context.write(text("last"))

    async def Gather(self, request_iterator: Any, context: Any) -> Any:
        """Read to the end."""
        response = text("")
        while (request := await context.read()) is not grpc.aio.EOF:
            response = self.do(request.value, context)
        return response

    async def Talk(self, unused: Any, context: Any) -> None:
        """Read and write in turn."""
        while (request := await context.read()) != grpc.aio.EOF:
            await context.write(self.do(request.value, context))


LEGACY = [PlainLegacy, AsyncLegacy, ReaderWriterLegacy]

each_style = pytest.mark.parametrize("legacy", LEGACY)


class Auditor:
    """The other service."""

    def Record(self, request: Any, context: Any) -> Any:
        """A record."""
        return text(f"recorded {request.value}")


@asynccontextmanager
async def served(implementation: Any, audit: Any = None, **changes: Any) -> AsyncIterator[grpc.aio.Channel]:
    """An adapted object on a real port, and a channel to it."""

    @asynccontextmanager
    async def application(_: Any) -> AsyncIterator[Application]:
        probe = implementation if isinstance(implementation, ProbeServicer) else ProbeServicer.adapt(implementation)
        yield Application(handlers=[probe, AuditServicer.adapt(audit or Auditor()), EmptyServicer()])

    settings = settings_for_tests(**changes)
    async with running(REGISTRY, settings, application) as now, connected(f"localhost:{now.port}") as channel:
        yield channel


async def end_of(legacy: Any, rpc: Method, *texts: str, **more: Any) -> End:
    """The end of a call of an adapted object."""
    async with served(legacy) as channel:
        return await call(channel, rpc, *map(text, texts), **more)


def values(end: End) -> list[str]:
    """The texts of the responses."""
    return [response.value for response in end.responses]
