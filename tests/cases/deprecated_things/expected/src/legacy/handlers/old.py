"""The logic of acme.legacy.v1.Old.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import OldServicer
from ..runtime.server import Context


class Old(OldServicer):
    """Use New instead."""

    async def do(
        self,
        request: case_pb2.OldRequest,
        context: Context,
    ) -> case_pb2.OldRequest:
        """Answer ``acme.legacy.v1.Old/Do``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def keep(
        self,
        request: case_pb2.NewRequest,
        context: Context,
    ) -> case_pb2.NewRequest:
        """Answer ``acme.legacy.v1.Old/Keep``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
