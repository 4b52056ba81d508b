"""The logic of acme.platform.v1.Health.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import HealthServicer
from ..runtime.server import Context


class Health(HealthServicer):
    """The service acme.platform.v1.Health."""

    async def check(
        self,
        request: case_pb2.Item,
        context: Context,
    ) -> case_pb2.Item:
        """Answer ``acme.platform.v1.Health/Check``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def watch(
        self,
        request: case_pb2.Item,
        context: Context,
    ) -> AsyncIterator[case_pb2.Item]:
        """Answer ``acme.platform.v1.Health/Watch``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
