"""Tests of acme.platform.v1.App. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from platform_service.gen import case_pb2
from platform_service.gen.clients import AppClient

from ..samples import sample


async def test_main(channel: grpc.aio.Channel) -> None:
    """Main responds. TODO(you): assert the expected response."""
    client = AppClient(channel)
    request = sample(case_pb2.Item)
    response = await client.main(request, timeout=5)
    assert response.IsInitialized()
