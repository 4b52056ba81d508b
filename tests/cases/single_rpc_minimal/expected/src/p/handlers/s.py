"""The logic of p.S.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import SServicer
from ..runtime.server import Context


class S(SServicer):
    """The service p.S."""

    async def r(
        self,
        request: case_pb2.M,
        context: Context,
    ) -> case_pb2.M:
        """Answer ``p.S/R``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
