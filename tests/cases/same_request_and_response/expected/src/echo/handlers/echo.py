"""The logic of acme.echo.v1.Echo.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import EchoServicer
from ..runtime.server import Context


class Echo(EchoServicer):
    """The service acme.echo.v1.Echo."""

    async def once(
        self,
        request: case_pb2.Ping,
        context: Context,
    ) -> case_pb2.Ping:
        """Answer ``acme.echo.v1.Echo/Once``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def collect(
        self,
        requests: AsyncIterator[case_pb2.Ping],
        context: Context,
    ) -> case_pb2.Ping:
        """Answer ``acme.echo.v1.Echo/Collect``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def repeat(
        self,
        request: case_pb2.Ping,
        context: Context,
    ) -> AsyncIterator[case_pb2.Ping]:
        """Answer ``acme.echo.v1.Echo/Repeat``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def chat(
        self,
        requests: AsyncIterator[case_pb2.Ping],
        context: Context,
    ) -> AsyncIterator[case_pb2.Ping]:
        """Answer ``acme.echo.v1.Echo/Chat``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
