"""Tests of acme.everything.v1.DeliveryService. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from everything.gen import case_pb2
from everything.gen.clients import DeliveryServiceClient

from ..samples import sample


async def test_get(channel: grpc.aio.Channel) -> None:
    """Get responds. TODO(you): assert the expected response."""
    client = DeliveryServiceClient(channel)
    request = sample(case_pb2.Id)
    response = await client.get(request, timeout=5)
    assert response.IsInitialized()


async def test_watch(channel: grpc.aio.Channel) -> None:
    """Watch responds. TODO(you): assert the expected response."""
    client = DeliveryServiceClient(channel)
    request = sample(case_pb2.Id)
    async for response in client.watch(request, timeout=5):
        assert response.IsInitialized()
        break


async def test_upload(channel: grpc.aio.Channel) -> None:
    """Upload responds. TODO(you): assert the expected response."""
    client = DeliveryServiceClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Record]:
        yield sample(case_pb2.Record)

    response = await client.upload(requests(), timeout=5)
    assert response.IsInitialized()
