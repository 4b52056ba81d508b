"""The logic of asyncio.v1.Loops.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.asyncio.v1 import loops_pb2
from ..gen.servicers import LoopsServicer
from ..runtime.server import Context


class Loops(LoopsServicer):
    """The service asyncio.v1.Loops."""

    async def get_loop(
        self,
        request: loops_pb2.Loop,
        context: Context,
    ) -> loops_pb2.Loop:
        """Answer ``asyncio.v1.Loops/GetLoop``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_loops(
        self,
        request: loops_pb2.Loop,
        context: Context,
    ) -> AsyncIterator[loops_pb2.Loop]:
        """Answer ``asyncio.v1.Loops/ListLoops``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
