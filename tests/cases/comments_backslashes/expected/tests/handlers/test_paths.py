"""Tests of acme.paths.v1.Paths. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from paths.gen import case_pb2
from paths.gen.clients import PathsClient

from ..samples import sample


async def test_match(channel: grpc.aio.Channel) -> None:
    """Match responds. TODO(you): assert the expected response."""
    client = PathsClient(channel)
    request = sample(case_pb2.Path)
    response = await client.match(request, timeout=5)
    assert response.IsInitialized()


async def test_open(channel: grpc.aio.Channel) -> None:
    """Open responds. TODO(you): assert the expected response."""
    client = PathsClient(channel)
    request = sample(case_pb2.Path)
    response = await client.open(request, timeout=5)
    assert response.IsInitialized()
