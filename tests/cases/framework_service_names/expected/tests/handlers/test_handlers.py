"""Tests of acme.platform.v1.Handlers. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from platform_service.gen import case_pb2
from platform_service.gen.clients import HandlersClient

from ..samples import sample


async def test_handle(channel: grpc.aio.Channel) -> None:
    """Handle responds. TODO(you): assert the expected response."""
    client = HandlersClient(channel)
    request = sample(case_pb2.Item)
    response = await client.handle(request, timeout=5)
    assert response.IsInitialized()
