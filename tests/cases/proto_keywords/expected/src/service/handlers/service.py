"""The logic of package.service.v1.service.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..errors import NotWritten
from ..gen import case_pb2
from ..gen.servicers import ServiceServicer
from ..runtime.server import Context


class Service(ServiceServicer):
    """The service package.service.v1.service."""

    async def rpc(
        self,
        request: case_pb2.message,
        context: Context,
    ) -> case_pb2.returns:
        """Answer ``package.service.v1.service/rpc``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def stream(
        self,
        requests: AsyncIterator[case_pb2.message],
        context: Context,
    ) -> AsyncIterator[case_pb2.returns]:
        """Answer ``package.service.v1.service/stream``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
        yield  # hands out the responses, one at a time

    async def returns(
        self,
        requests: AsyncIterator[case_pb2.stream],
        context: Context,
    ) -> case_pb2.stream:
        """Answer ``package.service.v1.service/returns``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def option(
        self,
        request: case_pb2.returns,
        context: Context,
    ) -> case_pb2.message:
        """Answer ``package.service.v1.service/option``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
