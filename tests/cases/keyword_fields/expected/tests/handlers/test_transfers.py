"""Tests of acme.transfers.v1.Transfers. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from transfers.gen import case_pb2
from transfers.gen.clients import TransfersClient

from ..samples import sample


async def test_move(channel: grpc.aio.Channel) -> None:
    """Move responds. TODO(you): assert the expected response."""
    client = TransfersClient(channel)
    request = sample(case_pb2.Transfer)
    response = await client.move(request, timeout=5)
    assert response.IsInitialized()
