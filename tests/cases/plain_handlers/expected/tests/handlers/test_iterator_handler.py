"""Tests of acme.ledger.v1.Iterator. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from ledger.gen import case_pb2
from ledger.gen.clients import IteratorHandlerClient

from ..samples import sample


async def test_next(channel: grpc.aio.Channel) -> None:
    """Next responds. TODO(you): assert the expected response."""
    client = IteratorHandlerClient(channel)
    request = sample(case_pb2.Balance)
    async for response in client.next(request, timeout=5):
        assert response.IsInitialized()
        break
