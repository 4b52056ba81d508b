"""Tests of acme.v1.Bodies. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from acme.gen.acme.v1 import bodies_pb2
from acme.gen.clients import BodiesClient

from ..samples import sample


async def test_get_body(channel: grpc.aio.Channel) -> None:
    """GetBody responds. TODO(you): assert the expected response."""
    client = BodiesClient(channel)
    request = sample(bodies_pb2.Body)
    response = await client.get_body(request, timeout=5)
    assert response.IsInitialized()
