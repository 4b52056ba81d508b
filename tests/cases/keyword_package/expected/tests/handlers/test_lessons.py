"""Tests of acme.import.class.Lessons. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from class_service.gen import case_pb2
from class_service.gen.clients import LessonsClient

from ..samples import sample


async def test_attend(channel: grpc.aio.Channel) -> None:
    """Attend responds. TODO(you): assert the expected response."""
    client = LessonsClient(channel)
    request = sample(case_pb2.Lesson)
    response = await client.attend(request, timeout=5)
    assert response.IsInitialized()
