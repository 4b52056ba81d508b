"""The logic of acme.lights.v1.Lamps.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import LampsServicer
from ..runtime.server import Context


class Lamps(LampsServicer):
    """The service acme.lights.v1.Lamps."""

    async def switch(
        self,
        request: case_pb2.Lamp,
        context: Context,
    ) -> case_pb2.Lamp:
        """Answer ``acme.lights.v1.Lamps/Switch``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
