"""Tests of p.s. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from p.gen import case_pb2
from p.gen.clients import SPClient

from ..samples import sample


async def test_r(channel: grpc.aio.Channel) -> None:
    """r responds. TODO(you): assert the expected response."""
    client = SPClient(channel)

    async def requests() -> AsyncIterator[case_pb2.M]:
        yield sample(case_pb2.M)

    async for response in client.r(requests(), timeout=5):
        assert response.IsInitialized()
        break
