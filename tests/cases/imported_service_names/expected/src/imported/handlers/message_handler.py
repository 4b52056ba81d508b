"""The logic of acme.imported.v1.Message.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from google.protobuf.message import Message

from ..gen.servicers import MessageHandlerServicer
from ..runtime.server import Context


class MessageHandler(MessageHandlerServicer):
    """The service acme.imported.v1.Message."""

    async def get(
        self,
        request: Message,
        context: Context,
    ) -> AsyncIterator[Message]:
        """Answer ``acme.imported.v1.Message/Get``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
