"""Tests of src.v1.Sources. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from src_service.gen.clients import SourcesClient
from src_service.gen.src.v1 import files_pb2

from ..samples import sample


async def test_get_file(channel: grpc.aio.Channel) -> None:
    """GetFile responds. TODO(you): assert the expected response."""
    client = SourcesClient(channel)
    request = sample(files_pb2.File)
    response = await client.get_file(request, timeout=5)
    assert response.IsInitialized()


async def test_list_files(channel: grpc.aio.Channel) -> None:
    """ListFiles responds. TODO(you): assert the expected response."""
    client = SourcesClient(channel)
    request = sample(files_pb2.File)
    async for response in client.list_files(request, timeout=5):
        assert response.IsInitialized()
        break
