"""The logic of v1.Things.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.servicers import ThingsServicer
from ..gen.v1 import things_pb2
from ..runtime.server import Context


class Things(ThingsServicer):
    """The service v1.Things."""

    async def get_thing(
        self,
        request: things_pb2.Thing,
        context: Context,
    ) -> things_pb2.Thing:
        """Answer ``v1.Things/GetThing``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_things(
        self,
        request: things_pb2.Thing,
        context: Context,
    ) -> AsyncIterator[things_pb2.Thing]:
        """Answer ``v1.Things/ListThings``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
