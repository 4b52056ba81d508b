"""Tests of logging.v1.Logging. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from logging_service.gen.clients import LoggingClient
from logging_service.gen.protobuf.v1 import logging_pb2

from ..samples import sample


async def test_get_record(channel: grpc.aio.Channel) -> None:
    """GetRecord responds. TODO(you): assert the expected response."""
    client = LoggingClient(channel)
    request = sample(logging_pb2.Record)
    response = await client.get_record(request, timeout=5)
    assert response.IsInitialized()


async def test_list_records(channel: grpc.aio.Channel) -> None:
    """ListRecords responds. TODO(you): assert the expected response."""
    client = LoggingClient(channel)
    request = sample(logging_pb2.Record)
    async for response in client.list_records(request, timeout=5):
        assert response.IsInitialized()
        break
