"""The logic of acme.remarks.v1.Remarks.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

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
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def drop(
        self,
        request: case_pb2.Remark,
        context: Context,
    ) -> case_pb2.Remark:
        """Answer ``acme.remarks.v1.Remarks/Drop``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def keep(
        self,
        request: case_pb2.Remark,
        context: Context,
    ) -> case_pb2.Remark:
        """Answer ``acme.remarks.v1.Remarks/Keep``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def plain(
        self,
        request: case_pb2.Remark,
        context: Context,
    ) -> AsyncIterator[case_pb2.Remark]:
        """Trailing the brace of the rpc."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
