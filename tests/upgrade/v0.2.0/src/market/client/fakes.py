"""A stand-in for a service, in memory, for the unit tests of its callers::

    fake = Fake(OrderBookClient)
    fake.on("place_order", OrderResponse(order_id="1"), NotFound("order", "7"))
    async with fake.client() as orders:
        ...
    assert fake.calls[0].request.symbol == "ACME"

Only the network is left out: messages are written and read, errors and deadlines come back as a
service's do, and every method has its own types. `fake.sync()` gives the client without ``async``.
"""

import asyncio
import inspect
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import grpc
from google.protobuf.message import Message

from ..errors import StatusError, Unimplemented, status_metadata
from ..gen.registry import SERVICES, Method
from .base import BaseClient
from .onward import Metadata
from .options import Options

C = TypeVar("C", bound=BaseClient)

_END = object()


@dataclass(slots=True)
class Recorded:
    """A call that was made."""

    method: str
    metadata: Metadata
    timeout: float | None
    requests: list[Any] = field(default_factory=list)

    @property
    def request(self) -> Any:
        """The only request, or the last one."""
        return self.requests[-1]


class Fake(Generic[C]):
    """Answers instead of a service, and keeps what it was asked."""

    def __init__(self, client: type[C], options: Options | None = None) -> None:
        (service,) = (service for service in SERVICES if service.name == client._service)
        self._client = client
        self._options = options
        self._methods = {method.path: method for method in service.methods}
        self._scripts: dict[str, list[Any]] = {}
        self.calls: list[Recorded] = []
        self.channel = FakeChannel(self)
        """What clients can be made with."""

    def on(self, method: str, *script: Any) -> "Fake[C]":
        """What a method answers: to one call after the other; the last goes for all that follow.

        A reply, a list of replies for a stream, an exception to raise (in a list, behind the
        replies ahead of it), or a function that takes the request, or an async iterator of
        requests, and returns or raises one of these; it may be ``async``. Raises ValueError for
        what is no method.
        """
        known = [known.attribute for known in self._methods.values()]
        if method not in known:
            raise ValueError(f"there is no method {method!r}: there are {', '.join(known)}.")
        if not script:
            raise ValueError(f"on({method!r}) says nothing to answer.")
        self._scripts[method] = list(script)
        return self

    def client(self, **arguments: Any) -> C:
        """An async client; use it as ``async with``."""
        return self._client(self.channel, **{"options": self._options, **arguments})

    def sync(self, **arguments: Any) -> Any:
        """A client for code without ``async``; use it as ``with``."""
        make: Any = self._client
        return make.sync(self.channel, **{"options": self._options, **arguments})

    def method(self, path: str) -> Method:
        """The method of a path."""
        return self._methods[path]

    def next(self, method: Method) -> Any:
        """What the method answers next. Raises Unimplemented where nothing was said."""
        script = self._scripts.get(method.attribute)
        if script is None:
            name = method.attribute
            raise Unimplemented(f"{name} has no answer: fake.on({name!r}, ...)")
        return script.pop(0) if len(script) > 1 else script[0]


class FakeChannel(grpc.aio.Channel):
    """Stands where grpc's channel would."""

    def __init__(self, fake: Fake[Any]) -> None:
        self._fake = fake

    def _start(self, path: str, *_: Any, **__: Any) -> Callable[..., "_Call"]:
        method = self._fake.method(path)

        def start(request: bytes | None = None, **arguments: Any) -> _Call:
            return _Call(self._fake, method, request, arguments)

        return start

    unary_unary = unary_stream = stream_unary = stream_stream = _start  # type: ignore[assignment]

    async def __aenter__(self) -> "FakeChannel":
        return self

    async def __aexit__(self, *error: object) -> None:
        """Nothing is open."""

    async def close(self, grace: float | None = None) -> None:
        """Nothing is open."""

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """It is always there."""
        return grpc.ChannelConnectivity.READY

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """It never changes."""
        await asyncio.Event().wait()

    async def channel_ready(self) -> None:
        """It always is."""


class _Call:
    """One call, as far as clients look at it."""

    def __init__(
        self,
        fake: Fake[Any],
        method: Method,
        request: bytes | None,
        arguments: dict[str, Any],
    ) -> None:
        timeout = arguments.get("timeout")
        self._fake = fake
        self._method = method
        self._end: Any = None
        self._record = Recorded(method.attribute, arguments.get("metadata") or (), timeout)
        self._sent: asyncio.Queue[Any] = asyncio.Queue()
        self._answers: asyncio.Queue[Any] = asyncio.Queue()
        if request is not None:
            self._sent.put_nowait(request)
            self._sent.put_nowait(_END)
        fake.calls.append(self._record)
        self._task = asyncio.create_task(self._serve(timeout))

    async def _serve(self, timeout: float | None) -> None:
        end: Any = _END
        try:
            async with asyncio.timeout(timeout):
                await self._answer(self._fake.next(self._method))
        except TimeoutError:
            end = _error(StatusError("the deadline has passed"), grpc.StatusCode.DEADLINE_EXCEEDED)
        except StatusError as error:
            end = _error(error, error.code)
        except BaseException as error:
            # A mistake in the test: it is to be seen there.
            end = error
        finally:
            self._end = end
            self._answers.put_nowait(end)

    async def _answer(self, answer: Any) -> None:
        """Give what was scripted: call it, raise it, send it."""
        if inspect.isroutine(answer):
            requests = self._requests()
            streams = self._method.kind.streams_requests
            answer = answer(requests if streams else await anext(requests))
        else:
            await self._read_all()
        if inspect.isawaitable(answer):
            answer = await answer
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Message):
            self._give(answer)
        elif isinstance(answer, AsyncIterable):
            async for each in answer:
                self._give(each)
        elif isinstance(answer, Iterable):
            for each in answer:
                self._give(each)
        else:
            self._give(answer)

    async def _read_all(self) -> None:
        # A conversation is answered at once: its caller may wait for that before it goes on.
        if not self._method.kind.streams_replies or not self._method.kind.streams_requests:
            async for _ in self._requests():
                pass

    def _give(self, reply: Any) -> None:
        if isinstance(reply, BaseException):
            raise reply
        if not isinstance(reply, self._method.reply):
            wanted, given = self._method.reply.DESCRIPTOR.full_name, type(reply).__name__
            raise TypeError(f"{self._method.attribute} answers {wanted}, not {given}.")
        self._answers.put_nowait(type(reply).SerializeToString(reply))

    async def _requests(self) -> AsyncIterator[Any]:
        while (raw := await self._sent.get()) is not _END:
            request = self._method.request.FromString(raw)
            self._record.requests.append(request)
            yield request

    def __aiter__(self) -> "_Call":
        return self

    async def __anext__(self) -> bytes:
        answer = await self._answers.get()
        if isinstance(answer, bytes):
            return answer
        self._answers.put_nowait(answer)
        raise StopAsyncIteration if answer is _END else answer

    def __await__(self) -> Any:
        return self._single().__await__()

    async def _single(self) -> bytes:
        try:
            reply = await anext(self)
        except StopAsyncIteration:
            name = self._method.attribute
            raise TypeError(f"{name} has one reply, and was given none.") from None
        except asyncio.CancelledError:
            self.cancel()
            raise
        return reply

    async def write(self, raw: bytes) -> None:
        """Send a request."""
        # As on a network, others have their turn: a caller may send until it hears of the end.
        await asyncio.sleep(0)
        if self._task.done():
            raise asyncio.InvalidStateError("the call has ended")
        self._sent.put_nowait(raw)

    async def done_writing(self) -> None:
        """No more requests follow."""
        self._sent.put_nowait(_END)

    async def code(self) -> grpc.StatusCode:
        """The status that the call has ended with."""
        return (await self._ended()).code()

    async def details(self) -> str:
        """The words of the status."""
        return (await self._ended()).details() or ""

    async def trailing_metadata(self) -> grpc.aio.Metadata:
        """What came behind the replies."""
        return (await self._ended()).trailing_metadata()

    async def _ended(self) -> grpc.aio.AioRpcError:
        await asyncio.wait((self._task,))
        if isinstance(self._end, grpc.aio.AioRpcError):
            return self._end
        return _error(StatusError(""), grpc.StatusCode.OK)

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """Nothing covers the status of this one."""

    def cancel(self) -> bool:
        """End the call."""
        return self._task.cancel()


def _error(error: StatusError, code: grpc.StatusCode) -> grpc.aio.AioRpcError:
    trailing = grpc.aio.Metadata(*status_metadata(error))
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing, error.message)
