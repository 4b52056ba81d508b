"""Tests of acme.reserved.v1.Slots. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from reserved.gen import case_pb2
from reserved.gen.clients import SlotsClient

from ..samples import sample


async def test_reserve(channel: grpc.aio.Channel) -> None:
    """Reserve responds. TODO(you): assert the expected response."""
    client = SlotsClient(channel)
    request = sample(case_pb2.Slot)
    response = await client.reserve(request, timeout=5)
    assert response.IsInitialized()
