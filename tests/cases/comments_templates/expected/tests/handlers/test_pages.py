"""Tests of acme.templates.v1.Pages. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from templates.gen import case_pb2
from templates.gen.clients import PagesClient

from ..samples import sample


async def test_yaml(channel: grpc.aio.Channel) -> None:
    """Yaml responds. TODO(you): assert the expected response."""
    client = PagesClient(channel)
    request = sample(case_pb2.Page)
    response = await client.yaml(request, timeout=5)
    assert response.IsInitialized()


async def test_jinja(channel: grpc.aio.Channel) -> None:
    """Jinja responds. TODO(you): assert the expected response."""
    client = PagesClient(channel)
    request = sample(case_pb2.Page)
    async for response in client.jinja(request, timeout=5):
        assert response.IsInitialized()
        break


async def test_shell(channel: grpc.aio.Channel) -> None:
    """Shell responds. TODO(you): assert the expected response."""
    client = PagesClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Page]:
        yield sample(case_pb2.Page)

    response = await client.shell(requests(), timeout=5)
    assert response.IsInitialized()


async def test_data(channel: grpc.aio.Channel) -> None:
    """Data responds. TODO(you): assert the expected response."""
    client = PagesClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Page]:
        yield sample(case_pb2.Page)

    async for response in client.data(requests(), timeout=5):
        assert response.IsInitialized()
        break


async def test_items(channel: grpc.aio.Channel) -> None:
    """Items responds. TODO(you): assert the expected response."""
    client = PagesClient(channel)
    request = sample(case_pb2.Page)
    response = await client.items(request, timeout=5)
    assert response.IsInitialized()
