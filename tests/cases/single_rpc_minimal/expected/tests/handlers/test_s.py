"""Tests of p.S. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from p.gen import case_pb2
from p.gen.clients import SClient

from ..samples import sample


async def test_r(channel: grpc.aio.Channel) -> None:
    """R responds. TODO(you): assert the expected response."""
    client = SClient(channel)
    request = sample(case_pb2.M)
    response = await client.r(request, timeout=5)
    assert response.IsInitialized()
