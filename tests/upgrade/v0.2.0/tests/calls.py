"""Calls of any RPC, by what the registry says about it, and how each ended."""

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from market.errors import DETAILS_KEY
from market.gen.registry import SERVICES, Method

__all__ = ["METHODS", "End", "Method", "begin", "call", "finish"]

METHODS = tuple(method for service in SERVICES for method in service.methods)
"""Every RPC of the protos."""

Metadata: TypeAlias = Sequence[tuple[str, str]]

TILL: Metadata = (("x-shop", "main"), ("x-till-version", "4"))
"""Mine: what our tills send along."""

_UNWRITTEN = "is not written yet"

_MASK = "Internal error from Core"
"""What grpc.aio says of a call that ended while a request was written, whatever its status."""


@dataclass(frozen=True, slots=True)
class End:
    """How a call ended, for its caller."""

    code: grpc.StatusCode | None
    """None: a stream that was still open when nothing had come for a while."""
    details: str
    replies: tuple[Any, ...]
    violations: tuple[str, ...]
    """The paths of the fields that an error calls wrong."""

    def skip_if_unwritten(self) -> None:
        """Nothing can be said of an RPC without logic."""
        if self.is_unwritten:
            pytest.skip(self.details)

    @property
    def is_unwritten(self) -> bool:
        """Whether the RPC waits for its logic."""
        return self.code is grpc.StatusCode.UNIMPLEMENTED and _UNWRITTEN in self.details

    @property
    def is_accepted(self) -> bool:
        """Whether the service took the request."""
        return self.code in (None, grpc.StatusCode.OK)


def begin(
    channel: grpc.aio.Channel,
    method: Method,
    requests: Sequence[Message | bytes],
    metadata: Metadata = (),
    timeout: float | None = 5,
) -> Any:
    """Start a call with one request, or with several where the RPC takes a stream of them."""
    kind = "_".join("stream" if streams else "unary" for streams in method.kind.value)
    start = getattr(channel, kind)(method.path, serialize, method.reply.FromString)
    given = stream(requests) if method.kind.streams_requests else requests[0]
    begun = start(given, timeout=timeout, metadata=tuple(metadata))
    begun.add_done_callback(_keep)
    return begun


async def finish(call: Any, patience: float = 5, most: int = 20) -> End:
    """Read a call to its end, ``most`` replies, or until ``patience`` seconds bring nothing."""
    replies: list[Any] = []
    try:
        if not hasattr(call, "read"):
            replies.append(await call)
        while hasattr(call, "read") and len(replies) < most:
            reply = await asyncio.wait_for(call.read(), patience)
            if reply is grpc.aio.EOF:
                break
            replies.append(reply)
        open_still = len(replies) == most
    except grpc.aio.AioRpcError:
        open_still = False
    except TimeoutError:
        open_still = True
    if open_still:
        call.cancel()
        return End(None, "", tuple(replies), ())
    code, details, trailing = await _status(call)
    return End(code, details or "", tuple(replies), violations(trailing or ()))


def _keep(call: Any) -> None:
    """Keep the status at the moment it arrives; `_MASK` may cover it right afterwards."""
    asked = call.code(), call.details(), call.trailing_metadata()
    status = tuple(_at_once(each) for each in asked)
    if status[1] != _MASK:
        call.kept = status


def _at_once(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that has nothing to wait for."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("it waits")


async def _status(call: Any) -> tuple[Any, ...]:
    """Code, details and trailing metadata, as the service sent them."""
    status = await call.code(), await call.details(), await call.trailing_metadata()
    for _ in range(400):  # two seconds; mostly it is there
        if status[1] != _MASK or hasattr(call, "kept"):
            break
        await asyncio.sleep(0.005)
    return getattr(call, "kept", status)


async def call(
    channel: grpc.aio.Channel,
    method: Method,
    *requests: Message | bytes,
    metadata: Metadata = (),
    timeout: float | None = 5,
    patience: float = 5,
) -> End:
    """Make a call and see how it ends."""
    return await finish(begin(channel, method, requests, metadata, timeout), patience)


def violations(trailing: Any) -> tuple[str, ...]:
    """The fields that the details of an error name, as google.rpc.BadRequest."""
    found: list[str] = []
    for value in (value for key, value in trailing if key == DETAILS_KEY):
        for detail in status_pb2.Status.FromString(value).details:
            bad_request = error_details_pb2.BadRequest()
            if detail.Unpack(bad_request):
                found += [violation.field for violation in bad_request.field_violations]
    return tuple(found)


_SUBSCRIPT = re.compile(r'\[("([^"\\]|\\.)*"|[^]]*)\]')
"""The place of an item in a list, or its key in a map, which is any text."""


def names_a_field(kind: type[Message], path: str) -> bool:
    """Whether ``lines[0].text`` is a field of a message, or a oneof of it."""
    here: Any = kind.DESCRIPTOR
    for name in _SUBSCRIPT.sub("", path).split("."):
        if here is None:
            return False
        field = here.fields_by_name.get(name) or here.fields_by_camelcase_name.get(name)
        if field is None:
            return name in here.oneofs_by_name
        here = field.message_type
        if here is not None and here.GetOptions().map_entry:
            here = here.fields_by_name["value"].message_type
    return True


def serialize(message: Any) -> bytes:
    """Bytes as they are, messages through their class: a field may be called SerializeToString."""
    if isinstance(message, bytes):
        return message
    return bytes(type(message).SerializePartialToString(message))


async def stream(requests: Sequence[Any]) -> AsyncIterator[Any]:
    """Requests as a stream, which then ends."""
    for request in requests:
        yield request
