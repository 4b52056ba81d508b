"""Tests of acme.verbs.v1.Verbs. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from verbs.gen import case_pb2
from verbs.gen.clients import VerbsClient

from ..samples import sample


async def test_import_(channel: grpc.aio.Channel) -> None:
    """import answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.import_(request, timeout=5)
    assert response.IsInitialized()


async def test_none(channel: grpc.aio.Channel) -> None:
    """None answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.none(request, timeout=5)
    assert response.IsInitialized()


async def test_self_(channel: grpc.aio.Channel) -> None:
    """self answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.self_(request, timeout=5)
    assert response.IsInitialized()


async def test_class_(channel: grpc.aio.Channel) -> None:
    """class answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.class_(request, timeout=5)
    assert response.IsInitialized()


async def test_print(channel: grpc.aio.Channel) -> None:
    """print answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.print(request, timeout=5)
    assert response.IsInitialized()


async def test_stop(channel: grpc.aio.Channel) -> None:
    """Stop answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.stop(request, timeout=5)
    assert response.IsInitialized()


async def test_close_(channel: grpc.aio.Channel) -> None:
    """Close answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.close_(request, timeout=5)
    assert response.IsInitialized()


async def test_start(channel: grpc.aio.Channel) -> None:
    """Start answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Verb]:
        yield sample(case_pb2.Verb)

    response = await client.start(requests(), timeout=5)
    assert response.IsInitialized()


async def test_call(channel: grpc.aio.Channel) -> None:
    """Call answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    async for response in client.call(request, timeout=5):
        assert response.IsInitialized()
        break


async def test_async_(channel: grpc.aio.Channel) -> None:
    """async answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.async_(request, timeout=5)
    assert response.IsInitialized()


async def test_await_(channel: grpc.aio.Channel) -> None:
    """await answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Verb]:
        yield sample(case_pb2.Verb)

    async for response in client.await_(requests(), timeout=5):
        assert response.IsInitialized()
        break


async def test_match(channel: grpc.aio.Channel) -> None:
    """match answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.match(request, timeout=5)
    assert response.IsInitialized()


async def test_type(channel: grpc.aio.Channel) -> None:
    """type answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.type(request, timeout=5)
    assert response.IsInitialized()


async def test_import__2(channel: grpc.aio.Channel) -> None:
    """Import answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.import__2(request, timeout=5)
    assert response.IsInitialized()


async def test_lambda_(channel: grpc.aio.Channel) -> None:
    """Lambda answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.lambda_(request, timeout=5)
    assert response.IsInitialized()


async def test_import__3(channel: grpc.aio.Channel) -> None:
    """import_ answers. TODO(you): say what it has to answer."""
    client = VerbsClient(channel)
    request = sample(case_pb2.Verb)
    response = await client.import__3(request, timeout=5)
    assert response.IsInitialized()
