"""Tests of acme.carts.v1.CartStub. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from carts.gen import case_pb2
from carts.gen.clients import CartStubClient

from ..samples import sample


async def test_fill(channel: grpc.aio.Channel) -> None:
    """Fill responds. TODO(you): assert the expected response."""
    client = CartStubClient(channel)
    request = sample(case_pb2.CartHandler)
    response = await client.fill(request, timeout=5)
    assert response.IsInitialized()
