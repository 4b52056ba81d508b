"""Tests of acme.v2.Bodies. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from acme.gen.acme.v2 import bodies_pb2 as v2_bodies_pb2
from acme.gen.clients import BodiesV2Client

from ..samples import sample


async def test_get_body(channel: grpc.aio.Channel) -> None:
    """GetBody responds. TODO(you): assert the expected response."""
    client = BodiesV2Client(channel)
    request = sample(v2_bodies_pb2.Body)
    response = await client.get_body(request, timeout=5)
    assert response.IsInitialized()


async def test_list_bodies(channel: grpc.aio.Channel) -> None:
    """ListBodies responds. TODO(you): assert the expected response."""
    client = BodiesV2Client(channel)
    request = sample(v2_bodies_pb2.Body)
    async for response in client.list_bodies(request, timeout=5):
        assert response.IsInitialized()
        break
