"""The logic of acme.remarks.v1.Remarks.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..errors import NotWritten
from ..gen import case_pb2
from ..gen.servicers import RemarksServicer
from ..runtime.server import Context


class Remarks(RemarksServicer):
    """Trailing the brace of the service."""

    async def add(
        self,
        request: case_pb2.Remark,
        context: Context,
    ) -> case_pb2.Remark:
        """Adds
        a remark.
        """
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def drop(
        self,
        request: case_pb2.Remark,
        context: Context,
    ) -> case_pb2.Remark:
        """Answer ``acme.remarks.v1.Remarks/Drop``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def keep(
        self,
        request: case_pb2.Remark,
        context: Context,
    ) -> case_pb2.Remark:
        """Answer ``acme.remarks.v1.Remarks/Keep``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def plain(
        self,
        request: case_pb2.Remark,
        context: Context,
    ) -> AsyncIterator[case_pb2.Remark]:
        """Trailing the brace of the rpc."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
        yield  # hands out the responses, one at a time
