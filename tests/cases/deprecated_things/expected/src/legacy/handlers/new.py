"""The logic of acme.legacy.v1.New.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import NewServicer
from ..runtime.server import Context


class New(NewServicer):
    """The service acme.legacy.v1.New."""

    async def do(
        self,
        request: case_pb2.NewRequest,
        context: Context,
    ) -> case_pb2.NewRequest:
        """Answer ``acme.legacy.v1.New/Do``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def do_the_old_way(
        self,
        request: case_pb2.OldRequest,
        context: Context,
    ) -> case_pb2.NewRequest:
        """Answer ``acme.legacy.v1.New/DoTheOldWay``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
