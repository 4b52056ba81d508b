"""Tests of acme.platform.v1.Registry. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from platform_service.gen import case_pb2
from platform_service.gen.clients import RegistryClient

from ..samples import sample


async def test_register(channel: grpc.aio.Channel) -> None:
    """Register responds. TODO(you): assert the expected response."""
    client = RegistryClient(channel)
    request = sample(case_pb2.Item)
    response = await client.register(request, timeout=5)
    assert response.IsInitialized()
