"""Tests of c.v1.Translator. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from c.gen.a.v1 import types_pb2
from c.gen.clients import TranslatorClient

from ..samples import sample


async def test_translate(channel: grpc.aio.Channel) -> None:
    """Translate responds. TODO(you): assert the expected response."""
    client = TranslatorClient(channel)
    request = sample(types_pb2.Id)
    response = await client.translate(request, timeout=5)
    assert response.IsInitialized()


async def test_join(channel: grpc.aio.Channel) -> None:
    """Join responds. TODO(you): assert the expected response."""
    client = TranslatorClient(channel)

    async def requests() -> AsyncIterator[types_pb2.Id]:
        yield sample(types_pb2.Id)

    async for response in client.join(requests(), timeout=5):
        assert response.IsInitialized()
        break
