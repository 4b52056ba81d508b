"""The logic of p.s.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import SPServicer
from ..runtime.server import Context


class SP(SPServicer):
    """The service p.s."""

    async def r(
        self,
        requests: AsyncIterator[case_pb2.M],
        context: Context,
    ) -> AsyncIterator[case_pb2.M]:
        """Answer ``p.s/r``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
