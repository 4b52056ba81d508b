"""Tests of tests.v1.TestRuns. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from tests_service.gen.clients import TestRunsClient
from tests_service.gen.tests.v1 import runs_pb2

from ..samples import sample


async def test_get_run(channel: grpc.aio.Channel) -> None:
    """GetRun responds. TODO(you): assert the expected response."""
    client = TestRunsClient(channel)
    request = sample(runs_pb2.Run)
    response = await client.get_run(request, timeout=5)
    assert response.IsInitialized()


async def test_list_runs(channel: grpc.aio.Channel) -> None:
    """ListRuns responds. TODO(you): assert the expected response."""
    client = TestRunsClient(channel)
    request = sample(runs_pb2.Run)
    async for response in client.list_runs(request, timeout=5):
        assert response.IsInitialized()
        break
