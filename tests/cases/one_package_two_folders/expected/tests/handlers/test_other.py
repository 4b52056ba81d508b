"""Tests of acme.other.v1.Other. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from mixed.gen.client import api_pb2
from mixed.gen.clients import OtherClient

from ..samples import sample


async def test_ask(channel: grpc.aio.Channel) -> None:
    """Ask responds. TODO(you): assert the expected response."""
    client = OtherClient(channel)
    request = sample(api_pb2.Question)
    response = await client.ask(request, timeout=5)
    assert response.IsInitialized()
