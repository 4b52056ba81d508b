"""The logic of acme.imported.v1.NotWritten.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from google.protobuf.message import Message

from ..errors import NotWritten
from ..gen.servicers import NotWrittenHandlerServicer
from ..runtime.server import Context


class NotWrittenHandler(NotWrittenHandlerServicer):
    """The service acme.imported.v1.NotWritten."""

    async def get(
        self,
        request: Message,
        context: Context,
    ) -> Message:
        """Answer ``acme.imported.v1.NotWritten/Get``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
