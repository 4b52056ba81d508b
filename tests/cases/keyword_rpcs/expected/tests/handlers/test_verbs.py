"""Tests of acme.verbs.v1.Verbs. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from verbs.gen import case_pb2
from verbs.gen.clients import VerbsClient

from ..samples import sample


async def test_import_(channel: grpc.aio.Channel) -> None:
    """import responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.import_(request, timeout=5)
    assert response.IsInitialized()


async def test_none(channel: grpc.aio.Channel) -> None:
    """None responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.none(request, timeout=5)
    assert response.IsInitialized()


async def test_self_(channel: grpc.aio.Channel) -> None:
    """self responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.self_(request, timeout=5)
    assert response.IsInitialized()


async def test_class_(channel: grpc.aio.Channel) -> None:
    """class responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.class_(request, timeout=5)
    assert response.IsInitialized()


async def test_print(channel: grpc.aio.Channel) -> None:
    """print responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.print(request, timeout=5)
    assert response.IsInitialized()


async def test_stop(channel: grpc.aio.Channel) -> None:
    """Stop responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.stop(request, timeout=5)
    assert response.IsInitialized()


async def test_close_(channel: grpc.aio.Channel) -> None:
    """Close responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.close_(request, timeout=5)
    assert response.IsInitialized()


async def test_start(channel: grpc.aio.Channel) -> None:
    """Start responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Verb]:
        yield sample(case_pb2.Verb)

    response = await client.start(requests(), timeout=5)
    assert response.IsInitialized()


async def test_call(channel: grpc.aio.Channel) -> None:
    """Call responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    async for response in client.call(request, timeout=5):
        assert response.IsInitialized()
        break


async def test_async_(channel: grpc.aio.Channel) -> None:
    """async responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.async_(request, timeout=5)
    assert response.IsInitialized()


async def test_await_(channel: grpc.aio.Channel) -> None:
    """await responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Verb]:
        yield sample(case_pb2.Verb)

    async for response in client.await_(requests(), timeout=5):
        assert response.IsInitialized()
        break


async def test_match(channel: grpc.aio.Channel) -> None:
    """match responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.match(request, timeout=5)
    assert response.IsInitialized()


async def test_type(channel: grpc.aio.Channel) -> None:
    """type responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.type(request, timeout=5)
    assert response.IsInitialized()


async def test_import__2(channel: grpc.aio.Channel) -> None:
    """Import responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.import__2(request, timeout=5)
    assert response.IsInitialized()


async def test_lambda_(channel: grpc.aio.Channel) -> None:
    """Lambda responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.lambda_(request, timeout=5)
    assert response.IsInitialized()


async def test_import__3(channel: grpc.aio.Channel) -> None:
    """import_ responds. TODO(you): assert the expected response."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.import__3(request, timeout=5)
    assert response.IsInitialized()
