"""The logic of package.service.v1.service.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

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
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def stream(
        self,
        requests: AsyncIterator[case_pb2.message],
        context: Context,
    ) -> AsyncIterator[case_pb2.returns]:
        """Answer ``package.service.v1.service/stream``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def returns(
        self,
        requests: AsyncIterator[case_pb2.stream],
        context: Context,
    ) -> case_pb2.stream:
        """Answer ``package.service.v1.service/returns``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def option(
        self,
        request: case_pb2.returns,
        context: Context,
    ) -> case_pb2.message:
        """Answer ``package.service.v1.service/option``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
