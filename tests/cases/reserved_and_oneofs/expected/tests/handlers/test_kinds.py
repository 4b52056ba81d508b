"""Tests of acme.kinds.v1.Kinds. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from kinds.gen import case_pb2
from kinds.gen.clients import KindsClient

from ..samples import sample


async def test_mirror(channel: grpc.aio.Channel) -> None:
    """Mirror responds. TODO(you): assert the expected response."""
    client = KindsClient(channel)
    request = sample(case_pb2.Everything)
    response = await client.mirror(request, timeout=5)
    assert response.IsInitialized()


async def test_finish(channel: grpc.aio.Channel) -> None:
    """Finish responds. TODO(you): assert the expected response."""
    client = KindsClient(channel)
    request = sample(case_pb2.Nothing)
    response = await client.finish(request, timeout=5)
    assert response.IsInitialized()
