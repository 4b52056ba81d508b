"""The logic of acme.builtins.v1.type.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import TypeServicer
from ..runtime.server import Context


class Type(TypeServicer):
    """The service acme.builtins.v1.type."""

    async def isinstance(
        self,
        request: case_pb2.str,
        context: Context,
    ) -> case_pb2.list:
        """Answer ``acme.builtins.v1.type/isinstance``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def property(
        self,
        request: case_pb2.str,
        context: Context,
    ) -> case_pb2.list:
        """Answer ``acme.builtins.v1.type/property``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
