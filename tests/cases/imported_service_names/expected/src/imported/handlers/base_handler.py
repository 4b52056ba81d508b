"""The logic of acme.imported.v1.Base.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from google.protobuf.message import Message

from ..gen.servicers import BaseHandlerServicer
from ..runtime.server import Context


class BaseHandler(BaseHandlerServicer):
    """The service acme.imported.v1.Base."""

    async def get(
        self,
        request: Message,
        context: Context,
    ) -> Message:
        """Answer ``acme.imported.v1.Base/Get``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
