"""The logic of acme.methods.v1.Blobs.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import BlobsServicer
from ..runtime.server import Context


class Blobs(BlobsServicer):
    """The service acme.methods.v1.Blobs."""

    async def store(
        self,
        request: case_pb2.Blob,
        context: Context,
    ) -> case_pb2.Blob:
        """Answer ``acme.methods.v1.Blobs/Store``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
