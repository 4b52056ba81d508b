"""Tests of acme.platform.v1.Settings. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from platform_service.gen import case_pb2
from platform_service.gen.clients import SettingsClient

from ..samples import sample


async def test_load(channel: grpc.aio.Channel) -> None:
    """Load responds. TODO(you): assert the expected response."""
    client = SettingsClient(channel)
    request = sample(case_pb2.Item)
    response = await client.load(request, timeout=5)
    assert response.IsInitialized()
