"""The logic of acme.platform.v1.Client.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import ClientServicer
from ..runtime.server import Context


class Client(ClientServicer):
    """The service acme.platform.v1.Client."""

    async def connect(
        self,
        request: case_pb2.Item,
        context: Context,
    ) -> case_pb2.Item:
        """Answer ``acme.platform.v1.Client/Connect``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
