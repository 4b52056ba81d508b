"""A client of the service in `probe_service.py`, as the generated ones are."""

from dataclasses import replace
from typing import Any

from google.protobuf.struct_pb2 import Struct
from google.protobuf.wrappers_pb2 import StringValue

from pyservice_runtime.client import (
    BaseClient,
    BaseSyncClient,
    BidiStream,
    CallOptions,
    ResponseStream,
    SyncBidiStream,
    SyncResponseStream,
    client_stream_call,
    iterate_in_thread,
)

from .probe_service import ECHO, GATHER, LIST, NAME, TALK, method, registry, text

WRONG_TYPE = method("WrongType")
METHODS = ECHO, LIST, GATHER, TALK, WRONG_TYPE
"""What the service has; of the last one clients believe that it answers something else."""


class ProbeClient(BaseClient):
    """A method of each kind."""

    _registry = registry(ECHO, LIST, GATHER, TALK, replace(WRONG_TYPE, response=Struct))
    _service = NAME

    @classmethod
    def sync(cls, target: Any, **arguments: Any) -> "SyncProbeClient":
        """The same client without `async`."""
        return SyncProbeClient(lambda: cls(target, **arguments))

    async def echo(self, request: Any = None, /, timeout: Any = None, metadata: Any = None, **fields: Any) -> Any:
        """One request, one response."""
        return await self._rpcs["echo"].unary(request, fields, CallOptions(timeout, metadata))

    async def wrong_type(self) -> Any:
        """The response is not what this client believes."""
        return await self._rpcs["wrong_type"].unary(text("abc"), {}, CallOptions())

    def list(self, value: str) -> ResponseStream[StringValue]:
        """A stream of responses."""
        rpc = self._rpcs["list"]
        return ResponseStream(rpc, rpc.encode(text(value), {}), CallOptions())

    async def gather(self, requests: Any) -> Any:
        """A stream of requests."""
        return await client_stream_call(self._rpcs["gather"], requests, CallOptions(5))

    def talk(self, requests: Any = None) -> BidiStream[StringValue, StringValue]:
        """Streams in both directions."""
        return BidiStream(self._rpcs["talk"], requests, CallOptions(5))


class SyncProbeClient(BaseSyncClient[ProbeClient]):
    """The same without `async`."""

    def echo(self, value: str) -> Any:
        """One request, one response."""
        return self._loop_thread.run(self._client.echo(text(value)))

    def list(self, value: str) -> SyncResponseStream[StringValue]:
        """A stream of responses."""
        return SyncResponseStream(self._loop_thread, self._client.list(value))

    def gather(self, requests: Any) -> Any:
        """A stream of requests."""
        return self._run(self._client.gather(iterate_in_thread(requests)))

    def talk(self) -> SyncBidiStream[StringValue, StringValue]:
        """Streams in both directions."""
        return SyncBidiStream(self._loop_thread, self._client.talk())


async def many(responses: Any) -> list[str]:
    """The texts of responses."""
    return [response.value async for response in responses]
