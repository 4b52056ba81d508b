"""Tests of asyncio.v1.Loops. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from asyncio_service.gen.asyncio.v1 import loops_pb2
from asyncio_service.gen.clients import LoopsClient

from ..samples import sample


async def test_get_loop(channel: grpc.aio.Channel) -> None:
    """GetLoop responds. TODO(you): assert the expected response."""
    client = LoopsClient(channel)
    request = sample(loops_pb2.Loop)
    response = await client.get_loop(request, timeout=5)
    assert response.IsInitialized()


async def test_list_loops(channel: grpc.aio.Channel) -> None:
    """ListLoops responds. TODO(you): assert the expected response."""
    client = LoopsClient(channel)
    request = sample(loops_pb2.Loop)
    async for response in client.list_loops(request, timeout=5):
        assert response.IsInitialized()
        break
