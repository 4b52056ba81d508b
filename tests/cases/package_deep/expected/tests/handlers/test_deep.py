"""Tests of a.b.c.d.e.f.v1.Deep. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from f.gen.a.b.c.d.e.f.v1 import deep_pb2
from f.gen.clients import DeepClient

from ..samples import sample


async def test_get_leaf(channel: grpc.aio.Channel) -> None:
    """GetLeaf responds. TODO(you): assert the expected response."""
    client = DeepClient(channel)
    request = sample(deep_pb2.Leaf)
    response = await client.get_leaf(request, timeout=5)
    assert response.IsInitialized()


async def test_list_leafs(channel: grpc.aio.Channel) -> None:
    """ListLeafs responds. TODO(you): assert the expected response."""
    client = DeepClient(channel)
    request = sample(deep_pb2.Leaf)
    async for response in client.list_leafs(request, timeout=5):
        assert response.IsInitialized()
        break
