"""Tests of acme.lambda.Lambda. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from lambda_service.gen import lambda_pb2
from lambda_service.gen.clients import LambdaClient

from ..samples import sample


async def test_invoke(channel: grpc.aio.Channel) -> None:
    """Invoke responds. TODO(you): assert the expected response."""
    client = LambdaClient(channel)
    request = sample(lambda_pb2.Call)
    response = await client.invoke(request, timeout=5)
    assert response.IsInitialized()
