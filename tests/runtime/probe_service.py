"""A service that is in no proto: its methods declare what a test wants, and do what a request says.

The pipeline is the same for every method, so that results for this service apply to any service.
"""

import asyncio
import io
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import Message
from google.protobuf.wrappers_pb2 import StringValue

from pyservice_runtime.core import Context, Kind, Method, Policy, Registry, Service, ServiceInfo
from pyservice_runtime.core.log_output import BatchingHandler
from pyservice_runtime.server import Application, Running, running
from pyservice_runtime.server.logging_setup import set_up_logging
from pyservice_runtime.settings import ServiceSettings
from pyservice_runtime.testing.calls import End, Metadata, call

NAME = "pyservice.probe.v1.Probe"

PACKAGE = "tests.runtime.probe"

INFO = ServiceInfo("probe", "probe", PACKAGE, "1.0", Path(__file__).with_name("probe"))

Behavior: TypeAlias = Callable[[Context], Awaitable[Any]]
"""What a handler does for a text; it returns the response, as a message or as its text."""


class ProbeServicer:
    """The base class of the handler, as the generated ones are."""

    def echo(self, request: Any, context: Context) -> StringValue | Awaitable[StringValue]:
        """Waits for its logic."""
        raise NotImplementedError


def method(name: str, kind: Kind = Kind.UNARY_UNARY, request: type[Message] = StringValue, **declared: Any) -> Method:
    """An RPC; what is declared about it are fields of `Policy`."""
    attribute = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    return Method(name, f"/{NAME}/{name}", attribute, kind, request, StringValue, Policy(**declared))


ECHO = method("Echo")
LIST = method("List", Kind.UNARY_STREAM, idempotent=True)
GATHER = method("Gather", Kind.STREAM_UNARY)
TALK = method("Talk", Kind.STREAM_STREAM)
KINDS = (ECHO, LIST, GATHER, TALK)


def registry(*methods: Method) -> Registry:
    """The service with some methods; without any there is none."""
    return Registry(INFO, (Service(NAME, ProbeServicer, methods),) if methods else ())


def text(value: str) -> StringValue:
    """A request."""
    return StringValue(value=value)


def settings_for_tests(**changes: Any) -> ServiceSettings:
    """Settings for tests: any free port, no waiting at the end."""
    given: dict[str, Any] = {"grpc_port": 0, "metrics_port": 0, "shutdown_drain": 0, "shutdown_grace": 0}
    return ServiceSettings(**{**given, **changes})


@dataclass(frozen=True, slots=True)
class ProbeService:
    """The service as it runs, and a channel to it."""

    running: Running
    channel: Any

    @property
    def target(self) -> str:
        """Where it listens."""
        return f"localhost:{self.running.port}"

    async def call(self, rpc: Method, *texts: str, metadata: Metadata = (), **more: Any) -> End:
        """Send texts, or one arbitrary text, and return the end of the call."""
        return await call(self.channel, rpc, *map(text, texts or ("any",)), metadata=metadata, **more)


@asynccontextmanager
async def probe_service(
    settings: ServiceSettings,
    *methods: Method,
    behaviors: Mapping[str, Behavior] | None = None,
    handler: object = None,
    credentials: grpc.ChannelCredentials | None = None,
    **parts: Any,
) -> AsyncIterator[ProbeService]:
    """The service on a free port; a text with a behavior starts it, all others come back.

    ``handler`` takes the place of that one, ``credentials`` are those of the channel, and ``parts``
    further fields of `Application`.
    """
    served = registry(*(methods or KINDS))
    answers = handler or _handler(served.methods, behaviors or {})

    @asynccontextmanager
    async def given(_: ServiceSettings) -> AsyncIterator[Application]:
        yield Application(handlers=[answers], **parts)

    async with running(served, settings, given) as now, connected(f"localhost:{now.port}", credentials) as channel:
        yield ProbeService(now, channel)


def connected(target: str, credentials: grpc.ChannelCredentials | None = None) -> grpc.aio.Channel:
    """A channel with connections of its own."""
    # Channels with equal credentials would share connections.
    options = [("grpc.use_local_subchannel_pool", 1)]
    if credentials is None:
        return grpc.aio.insecure_channel(target, options)
    return grpc.aio.secure_channel(target, credentials, options)


def _handler(methods: Sequence[Method], behaviors: Mapping[str, Behavior]) -> ProbeServicer:
    members = {each.attribute: _member(each, behaviors) for each in methods}
    created: ProbeServicer = type("ProbeHandler", (ProbeServicer,), members)()
    return created


def _member(rpc: Method, behaviors: Mapping[str, Behavior]) -> Callable[..., Any]:
    async def answer(value: str, context: Context) -> Any:
        done = await behaviors[value](context) if value in behaviors else value
        return text(done) if isinstance(done, str) else done

    async def single(_: object, request: Any, context: Context) -> Any:
        if not rpc.kind.client_streaming:
            return await answer(getattr(request, "value", ""), context)
        return await answer(" ".join([each.value async for each in request]), context)

    async def streamed(_: object, request: Any, context: Context) -> AsyncIterator[Any]:
        if not rpc.kind.client_streaming:
            yield await answer(request.value, context)
            return
        async for each in request:
            yield await answer(each.value, context)

    return streamed if rpc.kind.server_streaming else single


def raises(error: BaseException) -> Behavior:
    """What fails."""

    async def behavior(_: Context) -> None:
        raise error

    return behavior


class Blocker:
    """A behavior that keeps its calls until they are released."""

    def __init__(self) -> None:
        self.calls = 0
        """How many came here."""
        self._released = asyncio.Event()

    async def __call__(self, _: Context) -> str:
        self.calls += 1
        await self._released.wait()
        return "went on"

    def release(self) -> None:
        """Let all of them end, also those that still come."""
        self._released.set()


@contextmanager
def log_set_up(*arguments: Any) -> Iterator[None]:
    """The log as `set_up_logging` has it, and as it was afterwards."""
    root = logging.getLogger()
    level = root.level
    if arguments:
        set_up_logging(*arguments)
    try:
        yield
    finally:
        root.setLevel(level)
        for handler in [handler for handler in root.handlers if isinstance(handler, BatchingHandler)]:
            root.removeHandler(handler)
            # It may flush after its stream was closed.
            handler.setStream(io.StringIO())


async def until(condition: Callable[[], object], within: float = 10) -> None:
    """Wait until something holds, for the machine may be busy."""
    end = time.perf_counter() + within
    while not condition():
        assert time.perf_counter() < end, "it never came true"
        await asyncio.sleep(0.002)
