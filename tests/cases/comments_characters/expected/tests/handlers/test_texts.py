"""Tests of acme.characters.v1.Texts. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from characters.gen import case_pb2
from characters.gen.clients import TextsClient

from ..samples import sample


async def test_feed(channel: grpc.aio.Channel) -> None:
    """Feed responds. TODO(you): assert the expected response."""
    client = TextsClient(channel)
    request = sample(case_pb2.Text)
    response = await client.feed(request, timeout=5)
    assert response.IsInitialized()


async def test_control(channel: grpc.aio.Channel) -> None:
    """Control responds. TODO(you): assert the expected response."""
    client = TextsClient(channel)
    request = sample(case_pb2.Text)
    response = await client.control(request, timeout=5)
    assert response.IsInitialized()


async def test_long(channel: grpc.aio.Channel) -> None:
    """Long responds. TODO(you): assert the expected response."""
    client = TextsClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Text]:
        yield sample(case_pb2.Text)

    response = await client.long(requests(), timeout=5)
    assert response.IsInitialized()


async def test_accents(channel: grpc.aio.Channel) -> None:
    """Accents responds. TODO(you): assert the expected response."""
    client = TextsClient(channel)
    request = sample(case_pb2.Text)
    async for response in client.accents(request, timeout=5):
        assert response.IsInitialized()
        break
