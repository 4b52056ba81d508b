"""The logic of acme.v2.Bodies.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.acme.v2 import bodies_pb2 as v2_bodies_pb2
from ..gen.servicers import BodiesV2Servicer
from ..runtime.server import Context


class BodiesV2(BodiesV2Servicer):
    """The service acme.v2.Bodies."""

    async def get_body(
        self,
        request: v2_bodies_pb2.Body,
        context: Context,
    ) -> v2_bodies_pb2.Body:
        """Answer ``acme.v2.Bodies/GetBody``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_bodies(
        self,
        request: v2_bodies_pb2.Body,
        context: Context,
    ) -> AsyncIterator[v2_bodies_pb2.Body]:
        """Answer ``acme.v2.Bodies/ListBodies``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
