"""The logic of acme.match.type.type.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import TypeServicer
from ..runtime.server import Context


class Type(TypeServicer):
    """The service acme.match.type.type."""

    async def match(
        self,
        request: case_pb2.match,
        context: Context,
    ) -> case_pb2.match:
        """Answer ``acme.match.type.type/match``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def case(
        self,
        request: case_pb2.match,
        context: Context,
    ) -> AsyncIterator[case_pb2.match]:
        """Answer ``acme.match.type.type/case``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def type(
        self,
        requests: AsyncIterator[case_pb2.match],
        context: Context,
    ) -> case_pb2.match:
        """Answer ``acme.match.type.type/type``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def rpc(
        self,
        request: case_pb2._,
        context: Context,
    ) -> case_pb2._:
        """Answer ``acme.match.type.type/_``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def rpc_2(
        self,
        request: case_pb2.__,
        context: Context,
    ) -> case_pb2.__:
        """Answer ``acme.match.type.type/__``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
