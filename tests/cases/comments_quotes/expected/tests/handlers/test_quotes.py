"""Tests of acme.quotes.v1.Quotes. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from quotes.gen import case_pb2
from quotes.gen.clients import QuotesClient

from ..samples import sample


async def test_triple(channel: grpc.aio.Channel) -> None:
    """Triple responds. TODO(you): assert the expected response."""
    client = QuotesClient(channel)
    request = sample(case_pb2.Quote)
    response = await client.triple(request, timeout=5)
    assert response.IsInitialized()


async def test_backslash(channel: grpc.aio.Channel) -> None:
    """Backslash responds. TODO(you): assert the expected response."""
    client = QuotesClient(channel)
    request = sample(case_pb2.Quote)
    response = await client.backslash(request, timeout=5)
    assert response.IsInitialized()


async def test_both(channel: grpc.aio.Channel) -> None:
    """Both responds. TODO(you): assert the expected response."""
    client = QuotesClient(channel)
    request = sample(case_pb2.Quote)
    response = await client.both(request, timeout=5)
    assert response.IsInitialized()


async def test_two(channel: grpc.aio.Channel) -> None:
    """Two responds. TODO(you): assert the expected response."""
    client = QuotesClient(channel)
    request = sample(case_pb2.Quote)
    async for response in client.two(request, timeout=5):
        assert response.IsInitialized()
        break


async def test_odd(channel: grpc.aio.Channel) -> None:
    """Odd responds. TODO(you): assert the expected response."""
    client = QuotesClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Quote]:
        yield sample(case_pb2.Quote)

    response = await client.odd(requests(), timeout=5)
    assert response.IsInitialized()


async def test_all(channel: grpc.aio.Channel) -> None:
    """All responds. TODO(you): assert the expected response."""
    client = QuotesClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Quote]:
        yield sample(case_pb2.Quote)

    async for response in client.all(requests(), timeout=5):
        assert response.IsInitialized()
        break


async def test_single(channel: grpc.aio.Channel) -> None:
    """Single responds. TODO(you): assert the expected response."""
    client = QuotesClient(channel)
    request = sample(case_pb2.Quote)
    response = await client.single(request, timeout=5)
    assert response.IsInitialized()
