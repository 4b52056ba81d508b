"""Tests of acme.match.type.type. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from type_service.gen import case_pb2
from type_service.gen.clients import TypeClient

from ..samples import sample


async def test_match(channel: grpc.aio.Channel) -> None:
    """match responds. TODO(you): assert the expected response."""
    client = TypeClient(channel)
    request = sample(case_pb2.match)
    response = await client.match(request, timeout=5)
    assert response.IsInitialized()


async def test_case(channel: grpc.aio.Channel) -> None:
    """case responds. TODO(you): assert the expected response."""
    client = TypeClient(channel)
    request = sample(case_pb2.match)
    async for response in client.case(request, timeout=5):
        assert response.IsInitialized()
        break


async def test_type(channel: grpc.aio.Channel) -> None:
    """type responds. TODO(you): assert the expected response."""
    client = TypeClient(channel)

    async def requests() -> AsyncIterator[case_pb2.match]:
        yield sample(case_pb2.match)

    response = await client.type(requests(), timeout=5)
    assert response.IsInitialized()


async def test_rpc(channel: grpc.aio.Channel) -> None:
    """_ responds. TODO(you): assert the expected response."""
    client = TypeClient(channel)
    request = sample(case_pb2._)
    response = await client.rpc(request, timeout=5)
    assert response.IsInitialized()


async def test_rpc_2(channel: grpc.aio.Channel) -> None:
    """__ responds. TODO(you): assert the expected response."""
    client = TypeClient(channel)
    request = sample(case_pb2.__)
    response = await client.rpc_2(request, timeout=5)
    assert response.IsInitialized()
