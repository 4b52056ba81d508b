"""Tests of _acme.__init__.v1beta1.Inits. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from init.gen._acme import __init___pb2 as init___pb2
from init.gen.clients import InitsClient

from ..samples import sample


async def test_get_init(channel: grpc.aio.Channel) -> None:
    """GetInit responds. TODO(you): assert the expected response."""
    client = InitsClient(channel)
    request = sample(init___pb2.Init)
    response = await client.get_init(request, timeout=5)
    assert response.IsInitialized()


async def test_list_inits(channel: grpc.aio.Channel) -> None:
    """ListInits responds. TODO(you): assert the expected response."""
    client = InitsClient(channel)
    request = sample(init___pb2.Init)
    async for response in client.list_inits(request, timeout=5):
        assert response.IsInitialized()
        break
