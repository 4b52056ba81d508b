"""Tests of v1.Things. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from things.gen.clients import ThingsClient
from things.gen.v1 import things_pb2

from ..samples import sample


async def test_get_thing(channel: grpc.aio.Channel) -> None:
    """GetThing responds. TODO(you): assert the expected response."""
    client = ThingsClient(channel)
    request = sample(things_pb2.Thing)
    response = await client.get_thing(request, timeout=5)
    assert response.IsInitialized()


async def test_list_things(channel: grpc.aio.Channel) -> None:
    """ListThings responds. TODO(you): assert the expected response."""
    client = ThingsClient(channel)
    request = sample(things_pb2.Thing)
    async for response in client.list_things(request, timeout=5):
        assert response.IsInitialized()
        break
