"""The logic of grpc.v1.Calls.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.grpc.v1 import calls_pb2
from ..gen.servicers import CallsServicer
from ..runtime.server import Context


class Calls(CallsServicer):
    """The service grpc.v1.Calls."""

    async def get_call(
        self,
        request: calls_pb2.Call,
        context: Context,
    ) -> calls_pb2.Call:
        """Answer ``grpc.v1.Calls/GetCall``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_calls(
        self,
        request: calls_pb2.Call,
        context: Context,
    ) -> AsyncIterator[calls_pb2.Call]:
        """Answer ``grpc.v1.Calls/ListCalls``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
