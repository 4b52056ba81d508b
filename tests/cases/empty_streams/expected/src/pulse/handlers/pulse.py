"""The logic of acme.pulse.v1.Pulse.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from google.protobuf import empty_pb2

from ..gen.servicers import PulseServicer
from ..runtime.server import Context


class Pulse(PulseServicer):
    """The service acme.pulse.v1.Pulse."""

    async def beat(
        self,
        request: empty_pb2.Empty,
        context: Context,
    ) -> empty_pb2.Empty:
        """Answer ``acme.pulse.v1.Pulse/Beat``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def watch(
        self,
        request: empty_pb2.Empty,
        context: Context,
    ) -> AsyncIterator[empty_pb2.Empty]:
        """Answer ``acme.pulse.v1.Pulse/Watch``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def push(
        self,
        requests: AsyncIterator[empty_pb2.Empty],
        context: Context,
    ) -> empty_pb2.Empty:
        """Answer ``acme.pulse.v1.Pulse/Push``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def sync_(
        self,
        requests: AsyncIterator[empty_pb2.Empty],
        context: Context,
    ) -> AsyncIterator[empty_pb2.Empty]:
        """Answer ``acme.pulse.v1.Pulse/Sync``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
