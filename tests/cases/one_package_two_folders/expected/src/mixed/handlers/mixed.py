"""The logic of acme.mixed.v1.Mixed.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen.client import api_pb2
from ..gen.server import api_pb2 as v1_api_pb2
from ..gen.servicers import MixedServicer
from ..runtime.server import Context


class Mixed(MixedServicer):
    """The service acme.mixed.v1.Mixed."""

    async def ask(
        self,
        request: api_pb2.Question,
        context: Context,
    ) -> v1_api_pb2.Answer:
        """Answer ``acme.mixed.v1.Mixed/Ask``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
