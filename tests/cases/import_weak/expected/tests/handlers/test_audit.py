"""Tests of acme.audit.v1.Audit. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from audit.gen import case_pb2
from audit.gen.clients import AuditClient

from ..samples import sample


async def test_append(channel: grpc.aio.Channel) -> None:
    """Append responds. TODO(you): assert the expected response."""
    client = AuditClient(channel)
    request = sample(case_pb2.Entry)
    response = await client.append(request, timeout=5)
    assert response.IsInitialized()
