"""Tests of files.v1.FileService. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from files.gen.clients import FileServiceClient
from files.gen.files.v1 import files_pb2


async def test_start_upload(channel: grpc.aio.Channel) -> None:
    """StartUpload answers. TODO(you): say what it has to answer."""
    client = FileServiceClient(channel)
    request = files_pb2.StartUploadRequest()
    reply = await client.start_upload(request, timeout=5)
    assert reply.IsInitialized()


async def test_get_upload(channel: grpc.aio.Channel) -> None:
    """GetUpload answers. TODO(you): say what it has to answer."""
    client = FileServiceClient(channel)
    request = files_pb2.GetUploadRequest()
    reply = await client.get_upload(request, timeout=5)
    assert reply.IsInitialized()


async def test_send_chunks(channel: grpc.aio.Channel) -> None:
    """SendChunks answers. TODO(you): say what it has to answer."""
    client = FileServiceClient(channel)

    async def requests() -> AsyncIterator[files_pb2.Chunk]:
        yield files_pb2.Chunk()

    reply = await client.send_chunks(requests(), timeout=5)
    assert reply.IsInitialized()


async def test_get_file(channel: grpc.aio.Channel) -> None:
    """GetFile answers. TODO(you): say what it has to answer."""
    client = FileServiceClient(channel)
    request = files_pb2.GetFileRequest()
    reply = await client.get_file(request, timeout=5)
    assert reply.IsInitialized()


async def test_fetch_chunks(channel: grpc.aio.Channel) -> None:
    """FetchChunks answers. TODO(you): say what it has to answer."""
    client = FileServiceClient(channel)
    request = files_pb2.FetchChunksRequest()
    async for reply in client.fetch_chunks(request, timeout=5):
        assert reply.IsInitialized()
        break
