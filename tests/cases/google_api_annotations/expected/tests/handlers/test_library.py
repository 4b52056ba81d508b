"""Tests of acme.library.v1.Library. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from library.gen.acme.library.v1 import library_pb2
from library.gen.clients import LibraryClient

from ..samples import sample


async def test_get_book(channel: grpc.aio.Channel) -> None:
    """GetBook responds. TODO(you): assert the expected response."""
    client = LibraryClient(channel)
    request = sample(library_pb2.GetBookRequest)
    response = await client.get_book(request, timeout=5)
    assert response.IsInitialized()


async def test_move_book(channel: grpc.aio.Channel) -> None:
    """MoveBook responds. TODO(you): assert the expected response."""
    client = LibraryClient(channel)
    request = sample(library_pb2.Book)
    response = await client.move_book(request, timeout=5)
    assert response.IsInitialized()
