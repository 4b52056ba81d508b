"""Tests of acme.legacy.v1.New. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from legacy.gen import case_pb2
from legacy.gen.clients import NewClient

from ..samples import sample


async def test_do(channel: grpc.aio.Channel) -> None:
    """Do responds. TODO(you): assert the expected response."""
    client = NewClient(channel)
    request = sample(case_pb2.NewRequest)
    response = await client.do(request, timeout=5)
    assert response.IsInitialized()


async def test_do_the_old_way(channel: grpc.aio.Channel) -> None:
    """DoTheOldWay responds. TODO(you): assert the expected response."""
    client = NewClient(channel)
    request = sample(case_pb2.OldRequest)
    response = await client.do_the_old_way(request, timeout=5)
    assert response.IsInitialized()
