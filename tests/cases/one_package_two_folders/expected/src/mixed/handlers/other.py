"""The logic of acme.other.v1.Other.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen.client import api_pb2
from ..gen.servicers import OtherServicer
from ..runtime.server import Context


class Other(OtherServicer):
    """The service acme.other.v1.Other."""

    async def ask(
        self,
        request: api_pb2.Question,
        context: Context,
    ) -> api_pb2.Question:
        """Answer ``acme.other.v1.Other/Ask``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
