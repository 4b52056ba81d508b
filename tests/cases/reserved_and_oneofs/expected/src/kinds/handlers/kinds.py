"""The logic of acme.kinds.v1.Kinds.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import KindsServicer
from ..runtime.server import Context


class Kinds(KindsServicer):
    """The service acme.kinds.v1.Kinds."""

    async def mirror(
        self,
        request: case_pb2.Everything,
        context: Context,
    ) -> case_pb2.Everything:
        """Answer ``acme.kinds.v1.Kinds/Mirror``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def finish(
        self,
        request: case_pb2.Nothing,
        context: Context,
    ) -> case_pb2.Last:
        """Answer ``acme.kinds.v1.Kinds/Finish``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
