"""The logic of acme.imported.v1.NotImplementedError.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from google.protobuf.message import Message

from ..gen.servicers import NotImplementedErrorHandlerServicer
from ..runtime.server import Context


class NotImplementedErrorHandler(NotImplementedErrorHandlerServicer):
    """The service acme.imported.v1.NotImplementedError."""

    async def get(
        self,
        request: Message,
        context: Context,
    ) -> Message:
        """Answer ``acme.imported.v1.NotImplementedError/Get``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
