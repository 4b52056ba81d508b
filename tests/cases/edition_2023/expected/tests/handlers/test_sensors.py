"""Tests of acme.sensors.v1.Sensors. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from sensors.gen import case_pb2
from sensors.gen.clients import SensorsClient

from ..samples import sample


async def test_record(channel: grpc.aio.Channel) -> None:
    """Record responds. TODO(you): assert the expected response."""
    client = SensorsClient(channel)

    async def requests() -> AsyncIterator[case_pb2.Reading]:
        yield sample(case_pb2.Reading)

    response = await client.record(requests(), timeout=5)
    assert response.IsInitialized()
