"""The logic of files.v1.FileService.

This file is yours: `make generate` adds new RPCs to it and touches nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..errors import NotWritten
from ..gen.files.v1 import files_pb2
from ..gen.servicers import FileServiceServicer
from ..server.context import Context


class FileService(FileServiceServicer):
    """Keeps files.

    A file is there as a whole or not at all: what is being uploaded cannot be seen
    until all of it has arrived and its checksum is right. Then it takes the place of
    an older file of that name in one step.
    """

    async def start_upload(
        self,
        request: files_pb2.StartUploadRequest,
        context: Context,
    ) -> files_pb2.Upload:
        """Begins an upload, which lives for a day."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def get_upload(
        self,
        request: files_pb2.GetUploadRequest,
        context: Context,
    ) -> files_pb2.Upload:
        """Says how far an upload has come: where to continue after a break."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def send_chunks(
        self,
        requests: AsyncIterator[files_pb2.Chunk],
        context: Context,
    ) -> files_pb2.SendChunksResponse:
        """Sends chunks of an upload, in order, from where it stands.

        A chunk that arrived is kept, however the call ends. When the last one has
        arrived, the file is checked and published. A chunk whose checksum is wrong ends
        the call with DATA_LOSS; those before it are kept. If the checksum of the whole is
        wrong, the upload is dropped.
        """
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def get_file(
        self,
        request: files_pb2.GetFileRequest,
        context: Context,
    ) -> files_pb2.File:
        """Describes a file."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def fetch_chunks(
        self,
        request: files_pb2.FetchChunksRequest,
        context: Context,
    ) -> AsyncIterator[files_pb2.Chunk]:
        """Fetches a file in chunks, from any place in it.

        A caller that reads slowly slows down the reading of the file: the service holds
        one chunk for it, not the file. To continue after a break, a caller names the checksum
        of the file it began with: if that was replaced since, the call ends with ABORTED.
        """
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
        yield  # hands out the replies, one at a time
