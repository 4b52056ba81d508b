"""Tests of acme.imported.v1.AsyncIterator. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
from google.protobuf.message import Message

from imported.gen import case_pb2
from imported.gen.clients import AsyncIteratorHandlerClient

from ..samples import sample


async def test_get(channel: grpc.aio.Channel) -> None:
    """Get responds. TODO(you): assert the expected response."""
    client = AsyncIteratorHandlerClient(channel)

    async def requests() -> AsyncIterator[Message]:
        yield sample(getattr(case_pb2, "None"))

    async for response in client.get(requests(), timeout=5):
        assert response.IsInitialized()
        break
