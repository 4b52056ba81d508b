"""Tests of acme.wellknown.v1.Relay. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
from google.protobuf import (
    any_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    struct_pb2,
    wrappers_pb2,
)

from wellknown.gen.clients import RelayClient

from ..samples import sample


async def test_now(channel: grpc.aio.Channel) -> None:
    """Now responds. TODO(you): assert the expected response."""
    client = RelayClient(channel)
    request = sample(empty_pb2.Empty)
    response = await client.now(request, timeout=5)
    assert response.IsInitialized()


async def test_ticks(channel: grpc.aio.Channel) -> None:
    """Ticks responds. TODO(you): assert the expected response."""
    client = RelayClient(channel)
    request = sample(duration_pb2.Duration)
    async for response in client.ticks(request, timeout=5):
        assert response.IsInitialized()
        break


async def test_merge(channel: grpc.aio.Channel) -> None:
    """Merge responds. TODO(you): assert the expected response."""
    client = RelayClient(channel)

    async def requests() -> AsyncIterator[struct_pb2.Struct]:
        yield sample(struct_pb2.Struct)

    response = await client.merge(requests(), timeout=5)
    assert response.IsInitialized()


async def test_forward(channel: grpc.aio.Channel) -> None:
    """Forward responds. TODO(you): assert the expected response."""
    client = RelayClient(channel)

    async def requests() -> AsyncIterator[any_pb2.Any]:
        yield sample(any_pb2.Any)

    async for response in client.forward(requests(), timeout=5):
        assert response.IsInitialized()
        break


async def test_length(channel: grpc.aio.Channel) -> None:
    """Length responds. TODO(you): assert the expected response."""
    client = RelayClient(channel)
    request = sample(wrappers_pb2.StringValue)
    response = await client.length(request, timeout=5)
    assert response.IsInitialized()


async def test_flags(channel: grpc.aio.Channel) -> None:
    """Flags responds. TODO(you): assert the expected response."""
    client = RelayClient(channel)

    async def requests() -> AsyncIterator[wrappers_pb2.BoolValue]:
        yield sample(wrappers_pb2.BoolValue)

    async for response in client.flags(requests(), timeout=5):
        assert response.IsInitialized()
        break


async def test_pick(channel: grpc.aio.Channel) -> None:
    """Pick responds. TODO(you): assert the expected response."""
    client = RelayClient(channel)
    request = sample(field_mask_pb2.FieldMask)
    response = await client.pick(request, timeout=5)
    assert response.IsInitialized()


async def test_pack(channel: grpc.aio.Channel) -> None:
    """Pack responds. TODO(you): assert the expected response."""
    client = RelayClient(channel)
    request = sample(struct_pb2.ListValue)
    response = await client.pack(request, timeout=5)
    assert response.IsInitialized()
