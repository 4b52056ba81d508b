"""Tests of acme.latin.v1.Greetings. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from latin.gen import case_pb2
from latin.gen.clients import GreetingsClient

from ..samples import sample


async def test_greet(channel: grpc.aio.Channel) -> None:
    """Greet responds. TODO(you): assert the expected response."""
    client = GreetingsClient(channel)
    request = sample(case_pb2.Greeting)
    response = await client.greet(request, timeout=5)
    assert response.IsInitialized()
