"""Calls of the probe service in memory: the whole pipeline, without a socket."""

import asyncio
from collections.abc import Sequence
from typing import Any
from unittest import mock

import grpc
from google.protobuf.wrappers_pb2 import StringValue

from pyservice_runtime.core import Method
from pyservice_runtime.server.chain import InterceptorChain
from pyservice_runtime.server.rpc_router import RpcRouter
from pyservice_runtime.settings import ServiceSettings
from pyservice_runtime.testing.calls import End, Metadata
from pyservice_runtime.testing.memory_stream import MemoryStream

from .probe_service import INFO, registry


class MemoryService:
    """The probe service behind streams in memory."""

    def __init__(self, handler: object, chain: InterceptorChain, methods: Sequence[Method]) -> None:
        self._router = RpcRouter(INFO, [(registry(*methods).services[0], handler)], chain)

    async def call(self, rpc: Method, *texts: str, metadata: Metadata = (), **stream: Any) -> End:
        """Send texts, and return how the call ends."""
        requests = [StringValue(value=text).SerializeToString() for text in texts or ("any",)]
        return await self.serve(rpc, MemoryStream(*requests, **stream), metadata)

    async def send(self, rpc: Method, raw: bytes, metadata: Metadata = ()) -> End:
        """Send bytes, and return how the call ends."""
        return await self.serve(rpc, MemoryStream(raw), metadata)

    async def serve(self, rpc: Method, stream: MemoryStream, metadata: Metadata = ()) -> End:
        """Serve one stream in a task of its own, as grpc does."""

        async def served() -> bytes | None:
            found: Any = self._router.service(mock.Mock(method=rpc.path, invocation_metadata=metadata))
            response: bytes | None = await (found.stream_unary or found.stream_stream)(None, stream)
            return response

        code = None
        try:
            response = await asyncio.create_task(served())
            stream.responses += [] if response is None else [response]
        except grpc.aio.AbortError:
            code = stream.code
        responses = tuple(StringValue.FromString(response) for response in stream.responses)
        return End(code or grpc.StatusCode.OK, stream.details, responses, ())


def memory_service(handler: object, interceptors: Any, settings: ServiceSettings, *methods: Method) -> MemoryService:
    """The probe service with a handler and a chain of interceptors."""
    return MemoryService(handler, InterceptorChain(interceptors, settings), methods)
