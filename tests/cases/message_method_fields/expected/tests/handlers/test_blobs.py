"""Tests of acme.methods.v1.Blobs. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from methods.gen import case_pb2
from methods.gen.clients import BlobsClient

from ..samples import sample


async def test_store(channel: grpc.aio.Channel) -> None:
    """Store responds. TODO(you): assert the expected response."""
    client = BlobsClient(channel)
    request = sample(case_pb2.Blob)
    response = await client.store(request, timeout=5)
    assert response.IsInitialized()
