"""Tests of acme.platform.v1.Server. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from platform_service.gen import case_pb2
from platform_service.gen.clients import ServerClient

from ..samples import sample


async def test_serve(channel: grpc.aio.Channel) -> None:
    """Serve responds. TODO(you): assert the expected response."""
    client = ServerClient(channel)
    request = sample(case_pb2.Item)
    response = await client.serve(request, timeout=5)
    assert response.IsInitialized()
