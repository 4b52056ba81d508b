"""Tests of acme.claims.v1.Claims. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from claims.gen import case_pb2
from claims.gen.clients import ClaimsClient

from ..samples import sample


async def test_file_claim(channel: grpc.aio.Channel) -> None:
    """FileClaim responds. TODO(you): assert the expected response."""
    client = ClaimsClient(channel)
    request = sample(case_pb2.Claim)
    response = await client.file_claim(request, timeout=5)
    assert response.IsInitialized()


async def test_list_items(channel: grpc.aio.Channel) -> None:
    """ListItems responds. TODO(you): assert the expected response."""
    client = ClaimsClient(channel)
    request = sample(case_pb2.Claim)
    async for response in client.list_items(request, timeout=5):
        assert response.IsInitialized()
        break
