"""The logic of acme.everything.v1.DeliveryService.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import DeliveryServiceServicer
from ..runtime.server import Context


class DeliveryService(DeliveryServiceServicer):
    """The service acme.everything.v1.DeliveryService."""

    async def get(
        self,
        request: case_pb2.Id,
        context: Context,
    ) -> case_pb2.Record:
        """Answer ``acme.everything.v1.DeliveryService/Get``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def watch(
        self,
        request: case_pb2.Id,
        context: Context,
    ) -> AsyncIterator[case_pb2.Record]:
        """Answer ``acme.everything.v1.DeliveryService/Watch``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def upload(
        self,
        requests: AsyncIterator[case_pb2.Record],
        context: Context,
    ) -> case_pb2.Id:
        """Answer ``acme.everything.v1.DeliveryService/Upload``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
