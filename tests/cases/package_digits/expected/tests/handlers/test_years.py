"""Tests of acme._2024.v1.Years. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from service_2024.gen._2024 import _1_things_pb2
from service_2024.gen.clients import YearsClient

from ..samples import sample


async def test_get_year(channel: grpc.aio.Channel) -> None:
    """GetYear responds. TODO(you): assert the expected response."""
    client = YearsClient(channel)
    request = sample(_1_things_pb2.Year)
    response = await client.get_year(request, timeout=5)
    assert response.IsInitialized()


async def test_list_years(channel: grpc.aio.Channel) -> None:
    """ListYears responds. TODO(you): assert the expected response."""
    client = YearsClient(channel)
    request = sample(_1_things_pb2.Year)
    async for response in client.list_years(request, timeout=5):
        assert response.IsInitialized()
        break
