"""Tests of acme.maps.v1.Shelves. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from maps.gen import case_pb2
from maps.gen.clients import ShelvesClient

from ..samples import sample


async def test_put_shelf(channel: grpc.aio.Channel) -> None:
    """PutShelf responds. TODO(you): assert the expected response."""
    client = ShelvesClient(channel)
    request = sample(case_pb2.Shelf)
    response = await client.put_shelf(request, timeout=5)
    assert response.IsInitialized()
