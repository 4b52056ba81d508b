"""Tests of acme.dunders.v1._Hidden. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from dunders.gen import case_pb2
from dunders.gen.clients import HiddenClient

from ..samples import sample


async def test_get(channel: grpc.aio.Channel) -> None:
    """Get responds. TODO(you): assert the expected response."""
    client = HiddenClient(channel)
    request = sample(getattr(case_pb2, "__Mangled"))
    response = await client.get(request, timeout=5)
    assert response.IsInitialized()
