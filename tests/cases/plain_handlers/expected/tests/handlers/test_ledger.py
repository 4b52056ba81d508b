"""Tests of acme.ledger.v1.Ledger. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from ledger.gen import case_pb2
from ledger.gen.clients import LedgerClient

from ..samples import sample


async def test_book(channel: grpc.aio.Channel) -> None:
    """Book responds. TODO(you): assert the expected response."""
    client = LedgerClient(channel)
    request = sample(case_pb2.Entry)
    response = await client.book(request, timeout=5)
    assert response.IsInitialized()


async def test_list(channel: grpc.aio.Channel) -> None:
    """List responds. TODO(you): assert the expected response."""
    client = LedgerClient(channel)
    request = sample(case_pb2.Balance)
    async for response in client.list(request, timeout=5):
        assert response.IsInitialized()
        break


async def test_book_all(channel: grpc.aio.Channel) -> None:
    """BookAll responds. TODO(you): assert the expected response."""
    client = LedgerClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Entry]:
        yield sample(case_pb2.Entry)

    response = await client.book_all(requests(), timeout=5)
    assert response.IsInitialized()


async def test_follow(channel: grpc.aio.Channel) -> None:
    """Follow responds. TODO(you): assert the expected response."""
    client = LedgerClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Entry]:
        yield sample(case_pb2.Entry)

    async for response in client.follow(requests(), timeout=5):
        assert response.IsInitialized()
        break
