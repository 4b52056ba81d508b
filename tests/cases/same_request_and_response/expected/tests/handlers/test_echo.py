"""Tests of acme.echo.v1.Echo. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from echo.gen import case_pb2
from echo.gen.clients import EchoClient

from ..samples import sample


async def test_once(channel: grpc.aio.Channel) -> None:
    """Once responds. TODO(you): assert the expected response."""
    client = EchoClient(channel)
    request = sample(case_pb2.Ping)
    response = await client.once(request, timeout=5)
    assert response.IsInitialized()


async def test_collect(channel: grpc.aio.Channel) -> None:
    """Collect responds. TODO(you): assert the expected response."""
    client = EchoClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Ping]:
        yield sample(case_pb2.Ping)

    response = await client.collect(requests(), timeout=5)
    assert response.IsInitialized()


async def test_repeat(channel: grpc.aio.Channel) -> None:
    """Repeat responds. TODO(you): assert the expected response."""
    client = EchoClient(channel)
    request = sample(case_pb2.Ping)
    async for response in client.repeat(request, timeout=5):
        assert response.IsInitialized()
        break


async def test_chat(channel: grpc.aio.Channel) -> None:
    """Chat responds. TODO(you): assert the expected response."""
    client = EchoClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Ping]:
        yield sample(case_pb2.Ping)

    async for response in client.chat(requests(), timeout=5):
        assert response.IsInitialized()
        break
