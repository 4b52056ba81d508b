"""Tests of acme.dunders.v1.Dunders. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from dunders.gen import case_pb2
from dunders.gen.clients import DundersClient

from ..samples import sample


async def test_init(channel: grpc.aio.Channel) -> None:
    """__init__ answers. TODO(you): say what it has to answer."""
    client = DundersClient(channel)
    request = sample(case_pb2.__init__)
    response = await client.init(request, timeout=5)
    assert response.IsInitialized()


async def test_call(channel: grpc.aio.Channel) -> None:
    """__call__ answers. TODO(you): say what it has to answer."""
    client = DundersClient(channel)
    request = sample(case_pb2._Private)
    response = await client.call(request, timeout=5)
    assert response.IsInitialized()


async def test_secret(channel: grpc.aio.Channel) -> None:
    """__secret answers. TODO(you): say what it has to answer."""
    client = DundersClient(channel)
    request = sample(case_pb2._Private)
    response = await client.secret(request, timeout=5)
    assert response.IsInitialized()


async def test_private(channel: grpc.aio.Channel) -> None:
    """_private answers. TODO(you): say what it has to answer."""
    client = DundersClient(channel)
    request = sample(case_pb2._Private)
    response = await client.private(request, timeout=5)
    assert response.IsInitialized()


async def test_aenter(channel: grpc.aio.Channel) -> None:
    """__aenter__ answers. TODO(you): say what it has to answer."""
    client = DundersClient(channel)
    request = sample(case_pb2._Private)
    response = await client.aenter(request, timeout=5)
    assert response.IsInitialized()


async def test_class_(channel: grpc.aio.Channel) -> None:
    """__class__ answers. TODO(you): say what it has to answer."""
    client = DundersClient(channel)
    request = sample(case_pb2._Private)
    response = await client.class_(request, timeout=5)
    assert response.IsInitialized()
