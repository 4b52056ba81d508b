"""Tests of acme.remarks.v1.Remarks. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from remarks.gen import case_pb2
from remarks.gen.clients import RemarksClient

from ..samples import sample


async def test_add(channel: grpc.aio.Channel) -> None:
    """Add responds. TODO(you): assert the expected response."""
    client = RemarksClient(channel)
    request = sample(case_pb2.Remark)
    response = await client.add(request, timeout=5)
    assert response.IsInitialized()


async def test_drop(channel: grpc.aio.Channel) -> None:
    """Drop responds. TODO(you): assert the expected response."""
    client = RemarksClient(channel)
    request = sample(case_pb2.Remark)
    response = await client.drop(request, timeout=5)
    assert response.IsInitialized()


async def test_keep(channel: grpc.aio.Channel) -> None:
    """Keep responds. TODO(you): assert the expected response."""
    client = RemarksClient(channel)
    request = sample(case_pb2.Remark)
    response = await client.keep(request, timeout=5)
    assert response.IsInitialized()


async def test_plain(channel: grpc.aio.Channel) -> None:
    """Plain responds. TODO(you): assert the expected response."""
    client = RemarksClient(channel)
    request = sample(case_pb2.Remark)
    async for response in client.plain(request, timeout=5):
        assert response.IsInitialized()
        break
