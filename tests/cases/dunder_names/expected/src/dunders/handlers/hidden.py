"""The logic of acme.dunders.v1._Hidden.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from google.protobuf.message import Message

from ..gen.servicers import HiddenServicer
from ..runtime.server import Context


class Hidden(HiddenServicer):
    """The service acme.dunders.v1._Hidden."""

    async def get(
        self,
        request: Message,
        context: Context,
    ) -> Message:
        """Answer ``acme.dunders.v1._Hidden/Get``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
