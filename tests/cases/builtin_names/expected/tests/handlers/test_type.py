"""Tests of acme.builtins.v1.type. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from builtins_service.gen import case_pb2
from builtins_service.gen.clients import TypeClient

from ..samples import sample


async def test_isinstance(channel: grpc.aio.Channel) -> None:
    """isinstance responds. TODO(you): assert the expected response."""
    client = TypeClient(channel)
    request = sample(case_pb2.str)
    response = await client.isinstance(request, timeout=5)
    assert response.IsInitialized()


async def test_property(channel: grpc.aio.Channel) -> None:
    """property responds. TODO(you): assert the expected response."""
    client = TypeClient(channel)
    request = sample(case_pb2.str)
    response = await client.property(request, timeout=5)
    assert response.IsInitialized()
