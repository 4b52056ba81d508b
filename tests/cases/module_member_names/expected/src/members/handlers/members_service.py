"""The logic of acme.members.v1.MembersService.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import MembersServiceServicer
from ..runtime.server import Context


class MembersService(MembersServiceServicer):
    """The service acme.members.v1.MembersService."""

    async def describe(
        self,
        request: case_pb2.DESCRIPTOR,
        context: Context,
    ) -> case_pb2._builder:
        """Answer ``acme.members.v1.MembersService/Describe``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def global_(
        self,
        request: case_pb2._globals,
        context: Context,
    ) -> AsyncIterator[case_pb2.DESCRIPTOR]:
        """Answer ``acme.members.v1.MembersService/Global``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
