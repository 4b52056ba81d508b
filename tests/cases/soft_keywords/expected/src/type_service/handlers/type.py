"""The logic of acme.match.type.type.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..errors import NotWritten
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
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def case(
        self,
        request: case_pb2.match,
        context: Context,
    ) -> AsyncIterator[case_pb2.match]:
        """Answer ``acme.match.type.type/case``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
        yield  # hands out the responses, one at a time

    async def type(
        self,
        requests: AsyncIterator[case_pb2.match],
        context: Context,
    ) -> case_pb2.match:
        """Answer ``acme.match.type.type/type``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def rpc(
        self,
        request: case_pb2._,
        context: Context,
    ) -> case_pb2._:
        """Answer ``acme.match.type.type/_``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def rpc_2(
        self,
        request: case_pb2.__,
        context: Context,
    ) -> case_pb2.__:
        """Answer ``acme.match.type.type/__``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
