"""The logic of acme.platform.v1.Server.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import ServerServicer
from ..runtime.server import Context


class Server(ServerServicer):
    """The service acme.platform.v1.Server."""

    async def serve(
        self,
        request: case_pb2.Item,
        context: Context,
    ) -> case_pb2.Item:
        """Answer ``acme.platform.v1.Server/Serve``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
