"""Tests of acme.proxies.v1.HttpProxyService. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from proxies.gen import case_pb2
from proxies.gen.clients import HttpProxyServiceClient

from ..samples import sample


async def test_open(channel: grpc.aio.Channel) -> None:
    """Open responds. TODO(you): assert the expected response."""
    client = HttpProxyServiceClient(channel)
    request = sample(case_pb2.Route)
    response = await client.open(request, timeout=5)
    assert response.IsInitialized()
