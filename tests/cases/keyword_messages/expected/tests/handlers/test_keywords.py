"""Tests of acme.keywords.v1.Keywords. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
from google.protobuf.message import Message

from keywords.gen import case_pb2
from keywords.gen.clients import KeywordsClient

from ..samples import sample


async def test_negate(channel: grpc.aio.Channel) -> None:
    """Negate responds. TODO(you): assert the expected response."""
    client = KeywordsClient(channel)
    request = sample(getattr(case_pb2, "True"))
    response = await client.negate(request, timeout=5)
    assert response.IsInitialized()


async def test_teach(channel: grpc.aio.Channel) -> None:
    """Teach responds. TODO(you): assert the expected response."""
    client = KeywordsClient(channel)

    async def requests() -> AsyncIterator[Message]:
        yield sample(getattr(case_pb2, "class"))

    async for response in client.teach(requests(), timeout=5):
        assert response.IsInitialized()
        break


async def test_harvest(channel: grpc.aio.Channel) -> None:
    """Harvest responds. TODO(you): assert the expected response."""
    client = KeywordsClient(channel)
    request = sample(getattr(case_pb2, "lambda"))
    response = await client.harvest(request, timeout=5)
    assert response.IsInitialized()
