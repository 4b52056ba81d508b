"""Tests of acme.members.v1.MembersService. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from members.gen import case_pb2
from members.gen.clients import MembersServiceClient

from ..samples import sample


async def test_describe(channel: grpc.aio.Channel) -> None:
    """Describe responds. TODO(you): assert the expected response."""
    client = MembersServiceClient(channel)
    request = sample(case_pb2.DESCRIPTOR)
    response = await client.describe(request, timeout=5)
    assert response.IsInitialized()


async def test_global_(channel: grpc.aio.Channel) -> None:
    """Global responds. TODO(you): assert the expected response."""
    client = MembersServiceClient(channel)
    request = sample(case_pb2._globals)
    async for response in client.global_(request, timeout=5):
        assert response.IsInitialized()
        break
