"""Tests of acme.platform.v1.Client. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from platform_service.gen import case_pb2
from platform_service.gen.clients import ClientClient

from ..samples import sample


async def test_connect(channel: grpc.aio.Channel) -> None:
    """Connect responds. TODO(you): assert the expected response."""
    client = ClientClient(channel)
    request = sample(case_pb2.Item)
    response = await client.connect(request, timeout=5)
    assert response.IsInitialized()
