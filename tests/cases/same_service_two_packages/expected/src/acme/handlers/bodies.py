"""The logic of acme.v1.Bodies.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen.acme.v1 import bodies_pb2
from ..gen.servicers import BodiesServicer
from ..runtime.server import Context


class Bodies(BodiesServicer):
    """The service acme.v1.Bodies."""

    async def get_body(
        self,
        request: bodies_pb2.Body,
        context: Context,
    ) -> bodies_pb2.Body:
        """Answer ``acme.v1.Bodies/GetBody``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
