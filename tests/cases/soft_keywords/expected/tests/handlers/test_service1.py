"""Tests of acme.match.type._1. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from type_service.gen import case_pb2
from type_service.gen.clients import Service1Client

from ..samples import sample


async def test_rpc_1(channel: grpc.aio.Channel) -> None:
    """_1 responds. TODO(you): assert the expected response."""
    client = Service1Client(channel)
    request = sample(case_pb2.match)
    response = await client.rpc_1(request, timeout=5)
    assert response.IsInitialized()
