"""Tests of acme.vault.v1.Vault. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from vault.gen import case_pb2
from vault.gen.clients import VaultClient

from ..samples import sample


async def test_read(channel: grpc.aio.Channel) -> None:
    """Read responds. TODO(you): assert the expected response."""
    client = VaultClient(channel)
    request = sample(case_pb2.Secret)
    response = await client.read(request, timeout=5)
    assert response.IsInitialized()


async def test_write(channel: grpc.aio.Channel) -> None:
    """Write responds. TODO(you): assert the expected response."""
    client = VaultClient(channel)
    request = sample(case_pb2.Secret)
    response = await client.write(request, timeout=5)
    assert response.IsInitialized()
