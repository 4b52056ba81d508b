"""Tests of acme.dunders.v1.Dunders. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from dunders.gen import case_pb2
from dunders.gen.clients import DundersClient

from ..samples import sample


async def test_init(channel: grpc.aio.Channel) -> None:
    """__init__ responds. TODO(you): assert the expected response."""
    client = DundersClient(channel)
    request = sample(case_pb2.__init__)
    response = await client.init(request, timeout=5)
    assert response.IsInitialized()


async def test_call(channel: grpc.aio.Channel) -> None:
    """__call__ responds. TODO(you): assert the expected response."""
    client = DundersClient(channel)
    request = sample(case_pb2._Private)
    response = await client.call(request, timeout=5)
    assert response.IsInitialized()


async def test_secret(channel: grpc.aio.Channel) -> None:
    """__secret responds. TODO(you): assert the expected response."""
    client = DundersClient(channel)
    request = sample(case_pb2._Private)
    response = await client.secret(request, timeout=5)
    assert response.IsInitialized()


async def test_private(channel: grpc.aio.Channel) -> None:
    """_private responds. TODO(you): assert the expected response."""
    client = DundersClient(channel)
    request = sample(case_pb2._Private)
    response = await client.private(request, timeout=5)
    assert response.IsInitialized()


async def test_aenter(channel: grpc.aio.Channel) -> None:
    """__aenter__ responds. TODO(you): assert the expected response."""
    client = DundersClient(channel)
    request = sample(case_pb2._Private)
    response = await client.aenter(request, timeout=5)
    assert response.IsInitialized()


async def test_class_(channel: grpc.aio.Channel) -> None:
    """__class__ responds. TODO(you): assert the expected response."""
    client = DundersClient(channel)
    request = sample(case_pb2._Private)
    response = await client.class_(request, timeout=5)
    assert response.IsInitialized()
