"""Tests of acme.payments.v1.Payments. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from payments.gen.clients import PaymentsClient
from payments.gen.core import money_pb2

from ..samples import sample


async def test_pay(channel: grpc.aio.Channel) -> None:
    """Pay responds. TODO(you): assert the expected response."""
    client = PaymentsClient(channel)
    request = sample(money_pb2.Money)
    response = await client.pay(request, timeout=5)
    assert response.IsInitialized()


async def test_refund(channel: grpc.aio.Channel) -> None:
    """Refund responds. TODO(you): assert the expected response."""
    client = PaymentsClient(channel)

    async def requests() -> AsyncIterator[money_pb2.Money]:
        yield sample(money_pb2.Money)

    response = await client.refund(requests(), timeout=5)
    assert response.IsInitialized()
