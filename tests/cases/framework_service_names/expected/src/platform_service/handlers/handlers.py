"""The logic of acme.platform.v1.Handlers.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import HandlersServicer
from ..runtime.server import Context


class Handlers(HandlersServicer):
    """The service acme.platform.v1.Handlers."""

    async def handle(
        self,
        request: case_pb2.Item,
        context: Context,
    ) -> case_pb2.Item:
        """Answer ``acme.platform.v1.Handlers/Handle``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
