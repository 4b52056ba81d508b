"""Tests of acme.shadows.v1.Shadows. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from shadows.gen import case_pb2
from shadows.gen.clients import ShadowsClient

from ..samples import sample


async def test_send(channel: grpc.aio.Channel) -> None:
    """Send responds. TODO(you): assert the expected response."""
    client = ShadowsClient(channel)
    request = sample(case_pb2.Message)
    response = await client.send(request, timeout=5)
    assert response.IsInitialized()


async def test_iterate(channel: grpc.aio.Channel) -> None:
    """Iterate responds. TODO(you): assert the expected response."""
    client = ShadowsClient(channel)

    async def requests() -> AsyncIterator[case_pb2.AsyncIterator]:
        yield sample(case_pb2.AsyncIterator)

    async for response in client.iterate(requests(), timeout=5):
        assert response.IsInitialized()
        break


async def test_grpc(channel: grpc.aio.Channel) -> None:
    """grpc responds. TODO(you): assert the expected response."""
    client = ShadowsClient(channel)
    request = sample(case_pb2.Request)
    response = await client.grpc(request, timeout=5)
    assert response.IsInitialized()


async def test_context(channel: grpc.aio.Channel) -> None:
    """context responds. TODO(you): assert the expected response."""
    client = ShadowsClient(channel)
    request = sample(case_pb2.Channel)
    response = await client.context(request, timeout=5)
    assert response.IsInitialized()


async def test_request(channel: grpc.aio.Channel) -> None:
    """request responds. TODO(you): assert the expected response."""
    client = ShadowsClient(channel)
    request = sample(case_pb2.Service)
    response = await client.request(request, timeout=5)
    assert response.IsInitialized()


async def test_channel_(channel: grpc.aio.Channel) -> None:
    """channel responds. TODO(you): assert the expected response."""
    client = ShadowsClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Kind]:
        yield sample(case_pb2.Kind)

    response = await client.channel_(requests(), timeout=5)
    assert response.IsInitialized()


async def test_annotations(channel: grpc.aio.Channel) -> None:
    """annotations responds. TODO(you): assert the expected response."""
    client = ShadowsClient(channel)
    request = sample(case_pb2.annotations)
    async for response in client.annotations(request, timeout=5):
        assert response.IsInitialized()
        break
