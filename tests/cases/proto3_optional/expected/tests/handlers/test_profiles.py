"""Tests of acme.profiles.v1.Profiles. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from profiles.gen import case_pb2
from profiles.gen.clients import ProfilesClient

from ..samples import sample


async def test_update_profile(channel: grpc.aio.Channel) -> None:
    """UpdateProfile responds. TODO(you): assert the expected response."""
    client = ProfilesClient(channel)
    request = sample(case_pb2.Profile)
    response = await client.update_profile(request, timeout=5)
    assert response.IsInitialized()
