"""The logic of acme.imported.v1.AsyncIterator.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from google.protobuf.message import Message

from ..gen.servicers import AsyncIteratorHandlerServicer
from ..runtime.server import Context


class AsyncIteratorHandler(AsyncIteratorHandlerServicer):
    """The service acme.imported.v1.AsyncIterator."""

    async def get(
        self,
        requests: AsyncIterator[Message],
        context: Context,
    ) -> AsyncIterator[Message]:
        """Answer ``acme.imported.v1.AsyncIterator/Get``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
