"""The logic of acme.reserved.v1.Slots.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import SlotsServicer
from ..runtime.server import Context


class Slots(SlotsServicer):
    """The service acme.reserved.v1.Slots."""

    async def reserve(
        self,
        request: case_pb2.Slot,
        context: Context,
    ) -> case_pb2.Slot:
        """Answer ``acme.reserved.v1.Slots/Reserve``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
