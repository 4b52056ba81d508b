"""Tests of acme.imported.v1.NotImplementedError. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from imported.gen import case_pb2
from imported.gen.clients import NotImplementedErrorHandlerClient

from ..samples import sample


async def test_get(channel: grpc.aio.Channel) -> None:
    """Get responds. TODO(you): assert the expected response."""
    client = NotImplementedErrorHandlerClient(channel)
    request = sample(getattr(case_pb2, "None"))
    response = await client.get(request, timeout=5)
    assert response.IsInitialized()
