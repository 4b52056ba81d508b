"""The logic of src.v1.Sources.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.servicers import SourcesServicer
from ..gen.src.v1 import files_pb2
from ..runtime.server import Context


class Sources(SourcesServicer):
    """The service src.v1.Sources."""

    async def get_file(
        self,
        request: files_pb2.File,
        context: Context,
    ) -> files_pb2.File:
        """Answer ``src.v1.Sources/GetFile``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_files(
        self,
        request: files_pb2.File,
        context: Context,
    ) -> AsyncIterator[files_pb2.File]:
        """Answer ``src.v1.Sources/ListFiles``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
