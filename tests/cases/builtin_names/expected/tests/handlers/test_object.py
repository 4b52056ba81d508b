"""Tests of acme.builtins.v1.object. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from builtins_service.gen import case_pb2
from builtins_service.gen.clients import ObjectClient

from ..samples import sample


async def test_len(channel: grpc.aio.Channel) -> None:
    """len responds. TODO(you): assert the expected response."""
    client = ObjectClient(channel)
    request = sample(case_pb2.list)
    response = await client.len(request, timeout=5)
    assert response.IsInitialized()


async def test_super(channel: grpc.aio.Channel) -> None:
    """super responds. TODO(you): assert the expected response."""
    client = ObjectClient(channel)

    async def requests() -> AsyncIterator[case_pb2.str]:
        yield sample(case_pb2.str)

    async for response in client.super(requests(), timeout=5):
        assert response.IsInitialized()
        break
