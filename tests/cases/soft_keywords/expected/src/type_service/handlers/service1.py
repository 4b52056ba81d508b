"""The logic of acme.match.type._1.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import Service1Servicer
from ..runtime.server import Context


class Service1(Service1Servicer):
    """The service acme.match.type._1."""

    async def rpc_1(
        self,
        request: case_pb2.match,
        context: Context,
    ) -> case_pb2.match:
        """Answer ``acme.match.type._1/_1``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
