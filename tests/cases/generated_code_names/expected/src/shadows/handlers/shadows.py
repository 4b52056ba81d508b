"""The logic of acme.shadows.v1.Shadows.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import ShadowsServicer
from ..runtime.server import Context


class Shadows(ShadowsServicer):
    """The service acme.shadows.v1.Shadows."""

    async def send(
        self,
        request: case_pb2.Message,
        context: Context,
    ) -> case_pb2.Context:
        """Answer ``acme.shadows.v1.Shadows/Send``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def iterate(
        self,
        requests: AsyncIterator[case_pb2.AsyncIterator],
        context: Context,
    ) -> AsyncIterator[case_pb2.Any]:
        """Answer ``acme.shadows.v1.Shadows/Iterate``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def grpc(
        self,
        request: case_pb2.Request,
        context: Context,
    ) -> case_pb2.Response:
        """Answer ``acme.shadows.v1.Shadows/grpc``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def context(
        self,
        request: case_pb2.Channel,
        context: Context,
    ) -> case_pb2.grpc:
        """Answer ``acme.shadows.v1.Shadows/context``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def request(
        self,
        request: case_pb2.Service,
        context: Context,
    ) -> case_pb2.Method:
        """Answer ``acme.shadows.v1.Shadows/request``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def channel_(
        self,
        requests: AsyncIterator[case_pb2.Kind],
        context: Context,
    ) -> case_pb2.Self:
        """Answer ``acme.shadows.v1.Shadows/channel``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def annotations(
        self,
        request: case_pb2.annotations,
        context: Context,
    ) -> AsyncIterator[case_pb2.annotations]:
        """Answer ``acme.shadows.v1.Shadows/annotations``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
