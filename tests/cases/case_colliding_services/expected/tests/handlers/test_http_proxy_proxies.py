"""Tests of acme.proxies.v1.http_proxy. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from proxies.gen import case_pb2
from proxies.gen.clients import HttpProxyProxiesClient

from ..samples import sample


async def test_open(channel: grpc.aio.Channel) -> None:
    """Open responds. TODO(you): assert the expected response."""
    client = HttpProxyProxiesClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Route]:
        yield sample(case_pb2.Route)

    response = await client.open(requests(), timeout=5)
    assert response.IsInitialized()
