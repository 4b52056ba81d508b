"""Tests of acme.files.v1.Files. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from files.gen.clients import FilesClient
from files.gen.sub_dir.d.other_file import v1_pb2

from ..samples import sample


async def test_put(channel: grpc.aio.Channel) -> None:
    """Put responds. TODO(you): assert the expected response."""
    client = FilesClient(channel)

    async def requests() -> AsyncIterator[v1_pb2.Part]:
        yield sample(v1_pb2.Part)

    response = await client.put(requests(), timeout=5)
    assert response.IsInitialized()
