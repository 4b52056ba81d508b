"""Tests of acme.platform.v1.Health. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from platform_service.gen import case_pb2
from platform_service.gen.clients import HealthClient

from ..samples import sample


async def test_check(channel: grpc.aio.Channel) -> None:
    """Check responds. TODO(you): assert the expected response."""
    client = HealthClient(channel)
    request = sample(case_pb2.Item)
    response = await client.check(request, timeout=5)
    assert response.IsInitialized()


async def test_watch(channel: grpc.aio.Channel) -> None:
    """Watch responds. TODO(you): assert the expected response."""
    client = HealthClient(channel)
    request = sample(case_pb2.Item)
    async for response in client.watch(request, timeout=5):
        assert response.IsInitialized()
        break
