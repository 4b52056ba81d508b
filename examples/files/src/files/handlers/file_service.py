"""The logic of files.v1.FileService.

This file is yours: `make generate` adds new RPCs to it and touches nothing else.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import AsyncIterator

from google.protobuf.timestamp_pb2 import Timestamp

from ..errors import Aborted, DataLoss, InvalidArgument, OutOfRange
from ..gen.files.v1 import files_pb2
from ..gen.servicers import FileServiceServicer
from ..runtime.server import Context
from ..store import File, Store, Upload

MAX_CHUNK = 1 << 20
MAX_FILE = 10 << 30

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileService(FileServiceServicer):
    """Keeps files.

    A file is there as a whole or not at all: what is being uploaded cannot be seen
    until all of it has arrived and its checksum is right. Then it takes the place of
    an older file of that name in one step.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sending: set[str] = set()  # uploads that a call is sending chunks of

    async def start_upload(
        self,
        request: files_pb2.StartUploadRequest,
        context: Context,
    ) -> files_pb2.Upload:
        """Begins an upload, which lives for a day."""
        wrong = {}
        if not _NAME.fullmatch(request.name):
            wrong["name"] = "use 1 to 128 letters, digits, dots, dashes and underscores"
        if not 0 <= request.size <= MAX_FILE:
            wrong["size"] = f"it has to be 0 to {MAX_FILE}"
        if not _SHA256.fullmatch(request.sha256):
            wrong["sha256"] = "it has to be 64 lower-case hexadecimal digits"
        if wrong:
            raise InvalidArgument(wrong)
        upload = await asyncio.to_thread(
            self._store.begin, request.name, request.size, request.sha256
        )
        return _upload(upload, 0)

    async def get_upload(
        self,
        request: files_pb2.GetUploadRequest,
        context: Context,
    ) -> files_pb2.Upload:
        """Says how far an upload has come: where to continue after a break."""
        return _upload(*await asyncio.to_thread(self._store.upload, request.upload_id))

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
        first = await anext(requests, None)
        if first is None:
            raise InvalidArgument({"upload_id": "the first chunk has to name it"})
        upload, offset = await asyncio.to_thread(self._store.upload, first.upload_id)
        if upload.id in self._sending:
            raise Aborted("another call is sending chunks of this upload")
        self._sending.add(upload.id)
        try:
            offset = await self._keep(upload, first)
            # Without a buffer of ours: the next chunk is read when this one is on the disk, and
            # HTTP/2 makes a sender wait that is faster than the disk.
            async for chunk in requests:
                if chunk.upload_id not in ("", upload.id):
                    raise InvalidArgument({"upload_id": "one call sends one upload"})
                offset = await self._keep(upload, chunk)
            if offset < upload.size:
                return files_pb2.SendChunksResponse(upload=_upload(upload, offset))
            return files_pb2.SendChunksResponse(
                file=_file(await asyncio.to_thread(self._store.publish, upload))
            )
        finally:
            self._sending.discard(upload.id)

    async def get_file(
        self,
        request: files_pb2.GetFileRequest,
        context: Context,
    ) -> files_pb2.File:
        """Describes a file."""
        _check_name(request.name)
        return _file(await asyncio.to_thread(self._store.file, request.name))

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
        _check_name(request.name)
        file, content = await asyncio.to_thread(self._store.open, request.name, request.sha256)
        with content:
            if not 0 <= request.offset <= file.size:
                raise OutOfRange(f"offset {request.offset} is not within {file.size} bytes")
            content.seek(request.offset)
            offset = request.offset
            while data := await asyncio.to_thread(content.read, MAX_CHUNK):
                yield files_pb2.Chunk(offset=offset, data=data, crc32=zlib.crc32(data))
                offset += len(data)

    async def _keep(self, upload: Upload, chunk: files_pb2.Chunk) -> int:
        """Check a chunk and add it; how much has arrived then."""
        if len(chunk.data) > MAX_CHUNK:
            raise InvalidArgument({"data": f"a chunk has at most {MAX_CHUNK} bytes"})
        if zlib.crc32(chunk.data) != chunk.crc32:
            raise DataLoss(
                f"the chunk at {chunk.offset} arrived with another checksum: send it again"
            )
        return await asyncio.to_thread(self._store.append, upload, chunk.offset, chunk.data)


def _check_name(name: str) -> None:
    # A name becomes a path: nothing that could lead out of the folder gets any further.
    if not _NAME.fullmatch(name):
        raise InvalidArgument(
            {"name": "use 1 to 128 letters, digits, dots, dashes and underscores"}
        )


def _upload(upload: Upload, offset: int) -> files_pb2.Upload:
    return files_pb2.Upload(upload_id=upload.id, offset=offset, max_chunk_bytes=MAX_CHUNK)


def _file(file: File) -> files_pb2.File:
    seconds, nanos = divmod(file.published, 10**9)
    return files_pb2.File(
        name=file.name,
        size=file.size,
        sha256=file.sha256,
        publish_time=Timestamp(seconds=seconds, nanos=nanos),
    )
