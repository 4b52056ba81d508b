"""The logic of acme.keywords.v1.Keywords.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from google.protobuf.message import Message

from ..gen.servicers import KeywordsServicer
from ..runtime.server import Context


class Keywords(KeywordsServicer):
    """The service acme.keywords.v1.Keywords."""

    async def negate(
        self,
        request: Message,
        context: Context,
    ) -> Message:
        """Answer ``acme.keywords.v1.Keywords/Negate``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def teach(
        self,
        requests: AsyncIterator[Message],
        context: Context,
    ) -> AsyncIterator[Message]:
        """Answer ``acme.keywords.v1.Keywords/Teach``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def harvest(
        self,
        request: Message,
        context: Context,
    ) -> Message:
        """Answer ``acme.keywords.v1.Keywords/Harvest``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
