"""The logic of acme.imported.v1.Metadata.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from google.protobuf.message import Message

from ..gen.servicers import MetadataServicer
from ..runtime.server import Context


class Metadata(MetadataServicer):
    """The service acme.imported.v1.Metadata."""

    async def get(
        self,
        requests: AsyncIterator[Message],
        context: Context,
    ) -> Message:
        """Answer ``acme.imported.v1.Metadata/Get``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
