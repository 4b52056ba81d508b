"""Tests of grpc.v1.Calls. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from grpc_service.gen.clients import CallsClient
from grpc_service.gen.grpc.v1 import calls_pb2

from ..samples import sample


async def test_get_call(channel: grpc.aio.Channel) -> None:
    """GetCall responds. TODO(you): assert the expected response."""
    client = CallsClient(channel)
    request = sample(calls_pb2.Call)
    response = await client.get_call(request, timeout=5)
    assert response.IsInitialized()


async def test_list_calls(channel: grpc.aio.Channel) -> None:
    """ListCalls responds. TODO(you): assert the expected response."""
    client = CallsClient(channel)
    request = sample(calls_pb2.Call)
    async for response in client.list_calls(request, timeout=5):
        assert response.IsInitialized()
        break
