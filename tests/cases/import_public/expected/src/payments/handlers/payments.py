"""The logic of acme.payments.v1.Payments.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import facade_pb2
from ..gen.core import money_pb2
from ..gen.servicers import PaymentsServicer
from ..runtime.server import Context


class Payments(PaymentsServicer):
    """The service acme.payments.v1.Payments."""

    async def pay(
        self,
        request: money_pb2.Money,
        context: Context,
    ) -> facade_pb2.Receipt:
        """Answer ``acme.payments.v1.Payments/Pay``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def refund(
        self,
        requests: AsyncIterator[money_pb2.Money],
        context: Context,
    ) -> money_pb2.Money:
        """Answer ``acme.payments.v1.Payments/Refund``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
