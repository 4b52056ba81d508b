"""Tests of acme.links.v1.Links. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from links.gen import case_pb2
from links.gen.clients import LinksClient

from ..samples import sample


async def test_normalise(channel: grpc.aio.Channel) -> None:
    """Normalise responds. TODO(you): assert the expected response."""
    client = LinksClient(channel)
    request = sample(case_pb2.Url)
    response = await client.normalise(request, timeout=5)
    assert response.IsInitialized()


async def test_lower(channel: grpc.aio.Channel) -> None:
    """Lower responds. TODO(you): assert the expected response."""
    client = LinksClient(channel)
    request = sample(case_pb2.URL)
    response = await client.lower(request, timeout=5)
    assert response.IsInitialized()


async def test_resolve(channel: grpc.aio.Channel) -> None:
    """Resolve responds. TODO(you): assert the expected response."""
    client = LinksClient(channel)
    request = sample(case_pb2.LinkTarget)
    response = await client.resolve(request, timeout=5)
    assert response.IsInitialized()
