"""Tests of acme.wordy.v1.Lambda. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from wordy.gen import case_pb2
from wordy.gen.clients import LambdaClient

from ..samples import sample


async def test_say(channel: grpc.aio.Channel) -> None:
    """Say responds. TODO(you): assert the expected response."""
    client = LambdaClient(channel)
    request = sample(case_pb2.Word)
    response = await client.say(request, timeout=5)
    assert response.IsInitialized()
