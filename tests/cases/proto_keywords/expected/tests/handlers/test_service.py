"""Tests of package.service.v1.service. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from service.gen import case_pb2
from service.gen.clients import ServiceClient

from ..samples import sample


async def test_rpc(channel: grpc.aio.Channel) -> None:
    """rpc responds. TODO(you): assert the expected response."""
    client = ServiceClient(channel)
    request = sample(case_pb2.message)
    response = await client.rpc(request, timeout=5)
    assert response.IsInitialized()


async def test_stream(channel: grpc.aio.Channel) -> None:
    """stream responds. TODO(you): assert the expected response."""
    client = ServiceClient(channel)

    async def requests() -> AsyncIterator[case_pb2.message]:
        yield sample(case_pb2.message)

    async for response in client.stream(requests(), timeout=5):
        assert response.IsInitialized()
        break


async def test_returns(channel: grpc.aio.Channel) -> None:
    """returns responds. TODO(you): assert the expected response."""
    client = ServiceClient(channel)

    async def requests() -> AsyncIterator[case_pb2.stream]:
        yield sample(case_pb2.stream)

    response = await client.returns(requests(), timeout=5)
    assert response.IsInitialized()


async def test_option(channel: grpc.aio.Channel) -> None:
    """option responds. TODO(you): assert the expected response."""
    client = ServiceClient(channel)
    request = sample(case_pb2.returns)
    response = await client.option(request, timeout=5)
    assert response.IsInitialized()
