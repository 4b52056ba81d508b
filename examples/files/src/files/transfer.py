"""The other end: a whole file up or down, through breaks, and checked.

async with FileServiceClient("127.0.0.1:50051") as client:
    await upload(client, Path("big.iso"), "big.iso")
    await download(client, "big.iso", Path("copy.iso"))
"""

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

from .errors import Aborted, Cancelled, DataLoss, DeadlineExceeded, Unavailable
from .gen.clients import FileServiceClient
from .gen.files.v1 import files_pb2

ATTEMPTS = 8
_PAUSE = 0.1
"""Seconds before the first new attempt; each later one waits twice as long."""

_BROKEN = (Unavailable, DeadlineExceeded, Cancelled, DataLoss, Aborted)
"""What a call can end with that another one may continue."""


async def upload(client: FileServiceClient, path: Path, name: str) -> files_pb2.File:
    """Send a file; after a break go on where the service stands. Raises StatusError."""
    sha256, size = await asyncio.to_thread(_digest, path)
    state = await client.start_upload(name=name, size=size, sha256=sha256)
    for attempt in range(ATTEMPTS):
        try:
            if attempt:
                state = await client.get_upload(upload_id=state.upload_id)
            return (await client.send_chunks(_chunks(path, state))).file
        except _BROKEN:
            if attempt + 1 == ATTEMPTS:
                raise
            await asyncio.sleep(_PAUSE * 2**attempt)
    raise AssertionError("the last attempt returns or raises")


async def download(client: FileServiceClient, name: str, path: Path) -> files_pb2.File:
    """Fetch a file; after a break, or a crash, go on where it stands. Raises StatusError.

    What has arrived lies beside `path` until it is whole and checked.
    """
    for attempt in range(ATTEMPTS):
        try:
            file = await client.get_file(name=name)
            # Named after its checksum: what has arrived of another version is of no use.
            arrived = path.with_name(f"{path.name}.{file.sha256[:16]}.part")
            await _fetch(client, file, arrived)
            break
        except _BROKEN:
            if attempt + 1 == ATTEMPTS:
                raise
            await asyncio.sleep(_PAUSE * 2**attempt)
    if (await asyncio.to_thread(_digest, arrived))[0] != file.sha256:
        arrived.unlink()
        raise DataLoss(f"{name} arrived with another checksum")
    arrived.replace(path)
    return file


async def _fetch(client: FileServiceClient, file: files_pb2.File, arrived: Path) -> None:
    with arrived.open("ab") as out:
        if out.tell() == file.size:
            return
        chunks = client.fetch_chunks(name=file.name, offset=out.tell(), sha256=file.sha256)
        async for chunk in chunks:
            if chunk.offset != out.tell() or zlib.crc32(chunk.data) != chunk.crc32:
                raise DataLoss(f"the chunk at {chunk.offset} arrived damaged")
            await asyncio.to_thread(out.write, chunk.data)


async def _chunks(path: Path, state: files_pb2.Upload) -> AsyncIterator[files_pb2.Chunk]:
    """The rest of a file. An empty one is a single chunk, or nobody would learn of it."""
    with path.open("rb") as file:
        file.seek(state.offset)
        offset, first = state.offset, True
        while (data := await asyncio.to_thread(file.read, state.max_chunk_bytes)) or first:
            yield files_pb2.Chunk(
                upload_id=state.upload_id if first else "",
                offset=offset,
                data=data,
                crc32=zlib.crc32(data),
            )
            offset, first = offset + len(data), False


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
