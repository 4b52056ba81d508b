"""The logic of Class.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import asyncio_pb2, types_pb2
from ..gen.servicers import ClassServicer
from ..runtime.server import Context


class Class(ClassServicer):
    """The service Class."""

    async def teach(
        self,
        request: asyncio_pb2.Loop,
        context: Context,
    ) -> types_pb2.Kind:
        """Answer ``Class/Teach``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
