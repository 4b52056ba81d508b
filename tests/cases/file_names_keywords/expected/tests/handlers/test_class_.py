"""Tests of Class. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from class_service.gen import asyncio_pb2
from class_service.gen.clients import ClassClient

from ..samples import sample


async def test_teach(channel: grpc.aio.Channel) -> None:
    """Teach responds. TODO(you): assert the expected response."""
    client = ClassClient(channel)
    request = sample(asyncio_pb2.Loop)
    response = await client.teach(request, timeout=5)
    assert response.IsInitialized()
