"""Tests of acme.lights.v1.Lamps. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from lights.gen import case_pb2
from lights.gen.clients import LampsClient

from ..samples import sample


async def test_switch(channel: grpc.aio.Channel) -> None:
    """Switch responds. TODO(you): assert the expected response."""
    client = LampsClient(channel)
    request = sample(case_pb2.Lamp)
    response = await client.switch(request, timeout=5)
    assert response.IsInitialized()
