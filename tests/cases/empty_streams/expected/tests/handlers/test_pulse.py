"""Tests of acme.pulse.v1.Pulse. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
from google.protobuf import empty_pb2

from pulse.gen.clients import PulseClient

from ..samples import sample


async def test_beat(channel: grpc.aio.Channel) -> None:
    """Beat responds. TODO(you): assert the expected response."""
    client = PulseClient(channel)
    request = sample(empty_pb2.Empty)
    response = await client.beat(request, timeout=5)
    assert response.IsInitialized()


async def test_watch(channel: grpc.aio.Channel) -> None:
    """Watch responds. TODO(you): assert the expected response."""
    client = PulseClient(channel)
    request = sample(empty_pb2.Empty)
    async for response in client.watch(request, timeout=5):
        assert response.IsInitialized()
        break


async def test_push(channel: grpc.aio.Channel) -> None:
    """Push responds. TODO(you): assert the expected response."""
    client = PulseClient(channel)

    async def requests() -> AsyncIterator[empty_pb2.Empty]:
        yield sample(empty_pb2.Empty)

    response = await client.push(requests(), timeout=5)
    assert response.IsInitialized()


async def test_sync_(channel: grpc.aio.Channel) -> None:
    """Sync responds. TODO(you): assert the expected response."""
    client = PulseClient(channel)

    async def requests() -> AsyncIterator[empty_pb2.Empty]:
        yield sample(empty_pb2.Empty)

    async for response in client.sync_(requests(), timeout=5):
        assert response.IsInitialized()
        break
