"""Tests of acme.directives.v1.Orders. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from directives.gen import case_pb2
from directives.gen.clients import OrdersClient

from ..samples import sample


async def test_lint(channel: grpc.aio.Channel) -> None:
    """Lint responds. TODO(you): assert the expected response."""
    client = OrdersClient(channel)
    request = sample(case_pb2.Order)
    response = await client.lint(request, timeout=5)
    assert response.IsInitialized()


async def test_header(channel: grpc.aio.Channel) -> None:
    """Header responds. TODO(you): assert the expected response."""
    client = OrdersClient(channel)
    request = sample(case_pb2.Order)
    response = await client.header(request, timeout=5)
    assert response.IsInitialized()


async def test_todo(channel: grpc.aio.Channel) -> None:
    """Todo responds. TODO(you): assert the expected response."""
    client = OrdersClient(channel)
    request = sample(case_pb2.Order)
    async for response in client.todo(request, timeout=5):
        assert response.IsInitialized()
        break


async def test_markers(channel: grpc.aio.Channel) -> None:
    """Markers responds. TODO(you): assert the expected response."""
    client = OrdersClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Order]:
        yield sample(case_pb2.Order)

    response = await client.markers(requests(), timeout=5)
    assert response.IsInitialized()


async def test_doctest(channel: grpc.aio.Channel) -> None:
    """Doctest responds. TODO(you): assert the expected response."""
    client = OrdersClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Order]:
        yield sample(case_pb2.Order)

    async for response in client.doctest(requests(), timeout=5):
        assert response.IsInitialized()
        break


async def test_pragma(channel: grpc.aio.Channel) -> None:
    """Pragma responds. TODO(you): assert the expected response."""
    client = OrdersClient(channel)
    request = sample(case_pb2.Order)
    response = await client.pragma(request, timeout=5)
    assert response.IsInitialized()
