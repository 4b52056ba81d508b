"""The logic of acme.dunders.v1.__all__.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from google.protobuf.message import Message

from ..gen.servicers import AllServicer
from ..runtime.server import Context


class All(AllServicer):
    """The service acme.dunders.v1.__all__."""

    async def get(
        self,
        request: Message,
        context: Context,
    ) -> Message:
        """Answer ``acme.dunders.v1.__all__/Get``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
