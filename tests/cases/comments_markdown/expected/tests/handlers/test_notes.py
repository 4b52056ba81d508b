"""Tests of acme.markdown.v1.Notes. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from markdown.gen import case_pb2
from markdown.gen.clients import NotesClient

from ..samples import sample


async def test_emphasis(channel: grpc.aio.Channel) -> None:
    """Emphasis responds. TODO(you): assert the expected response."""
    client = NotesClient(channel)
    request = sample(case_pb2.Note)
    response = await client.emphasis(request, timeout=5)
    assert response.IsInitialized()


async def test_html(channel: grpc.aio.Channel) -> None:
    """Html responds. TODO(you): assert the expected response."""
    client = NotesClient(channel)
    request = sample(case_pb2.Note)
    response = await client.html(request, timeout=5)
    assert response.IsInitialized()


async def test_lists(channel: grpc.aio.Channel) -> None:
    """Lists responds. TODO(you): assert the expected response."""
    client = NotesClient(channel)
    request = sample(case_pb2.Note)
    async for response in client.lists(request, timeout=5):
        assert response.IsInitialized()
        break


async def test_underlined(channel: grpc.aio.Channel) -> None:
    """Underlined responds. TODO(you): assert the expected response."""
    client = NotesClient(channel)
    request = sample(case_pb2.Note)
    response = await client.underlined(request, timeout=5)
    assert response.IsInitialized()


async def test_sections(channel: grpc.aio.Channel) -> None:
    """Sections responds. TODO(you): assert the expected response."""
    client = NotesClient(channel)
    request = sample(case_pb2.Note)
    response = await client.sections(request, timeout=5)
    assert response.IsInitialized()
