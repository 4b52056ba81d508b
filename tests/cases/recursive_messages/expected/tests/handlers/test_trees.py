"""Tests of acme.trees.v1.Trees. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from trees.gen import case_pb2
from trees.gen.clients import TreesClient

from ..samples import sample


async def test_balance(channel: grpc.aio.Channel) -> None:
    """Balance responds. TODO(you): assert the expected response."""
    client = TreesClient(channel)
    request = sample(case_pb2.Node)
    response = await client.balance(request, timeout=5)
    assert response.IsInitialized()


async def test_evaluate(channel: grpc.aio.Channel) -> None:
    """Evaluate responds. TODO(you): assert the expected response."""
    client = TreesClient(channel)
    request = sample(case_pb2.Expression)
    response = await client.evaluate(request, timeout=5)
    assert response.IsInitialized()
