"""The logic of acme.transfers.v1.Transfers.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import TransfersServicer
from ..runtime.server import Context


class Transfers(TransfersServicer):
    """The service acme.transfers.v1.Transfers."""

    async def move(
        self,
        request: case_pb2.Transfer,
        context: Context,
    ) -> case_pb2.Transfer:
        """Answer ``acme.transfers.v1.Transfers/Move``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
