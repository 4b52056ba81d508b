"""The logic of acme.builtins.v1.object.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import ObjectServicer
from ..runtime.server import Context


class Object(ObjectServicer):
    """The service acme.builtins.v1.object."""

    async def len(
        self,
        request: case_pb2.list,
        context: Context,
    ) -> case_pb2.int:
        """Answer ``acme.builtins.v1.object/len``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def super(
        self,
        requests: AsyncIterator[case_pb2.str],
        context: Context,
    ) -> AsyncIterator[case_pb2.Exception]:
        """Answer ``acme.builtins.v1.object/super``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
