"""Tests of acme.windows.v1.Windows. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from windows.gen import case_pb2
from windows.gen.clients import WindowsClient

from ..samples import sample


async def test_open(channel: grpc.aio.Channel) -> None:
    """Open responds. TODO(you): assert the expected response."""
    client = WindowsClient(channel)
    request = sample(case_pb2.Window)
    response = await client.open(request, timeout=5)
    assert response.IsInitialized()
