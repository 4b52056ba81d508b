"""Tests of acme.urls.v1.Pages. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from urls.gen import case_pb2
from urls.gen.clients import PagesClient

from ..samples import sample


async def test_get_url(channel: grpc.aio.Channel) -> None:
    """GetURL responds. TODO(you): assert the expected response."""
    client = PagesClient(channel)
    request = sample(case_pb2.Page)
    response = await client.get_url(request, timeout=5)
    assert response.IsInitialized()


async def test_get_url_2(channel: grpc.aio.Channel) -> None:
    """GetUrl responds. TODO(you): assert the expected response."""
    client = PagesClient(channel)
    request = sample(case_pb2.Page)
    async for response in client.get_url_2(request, timeout=5):
        assert response.IsInitialized()
        break


async def test_get_url_3(channel: grpc.aio.Channel) -> None:
    """get_url responds. TODO(you): assert the expected response."""
    client = PagesClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Page]:
        yield sample(case_pb2.Page)

    response = await client.get_url_3(requests(), timeout=5)
    assert response.IsInitialized()


async def test_get_url_4(channel: grpc.aio.Channel) -> None:
    """GetUrl_ responds. TODO(you): assert the expected response."""
    client = PagesClient(channel)
    request = sample(case_pb2.Page)
    response = await client.get_url_4(request, timeout=5)
    assert response.IsInitialized()


async def test_get_url2(channel: grpc.aio.Channel) -> None:
    """GetUrl2 responds. TODO(you): assert the expected response."""
    client = PagesClient(channel)
    request = sample(case_pb2.Page)
    response = await client.get_url2(request, timeout=5)
    assert response.IsInitialized()


async def test_get_url_2_2(channel: grpc.aio.Channel) -> None:
    """GetUrl_2 responds. TODO(you): assert the expected response."""
    client = PagesClient(channel)
    request = sample(case_pb2.Page)
    response = await client.get_url_2_2(request, timeout=5)
    assert response.IsInitialized()


async def test_geturl(channel: grpc.aio.Channel) -> None:
    """GETURL responds. TODO(you): assert the expected response."""
    client = PagesClient(channel)
    request = sample(case_pb2.Page)
    response = await client.geturl(request, timeout=5)
    assert response.IsInitialized()
