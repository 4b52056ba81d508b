"""Tests of Greeter. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from case.gen import case_pb2
from case.gen.clients import GreeterClient

from ..samples import sample


async def test_hello(channel: grpc.aio.Channel) -> None:
    """Hello responds. TODO(you): assert the expected response."""
    client = GreeterClient(channel)
    request = sample(case_pb2.HelloRequest)
    response = await client.hello(request, timeout=5)
    assert response.IsInitialized()
