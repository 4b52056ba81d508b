"""The logic of acme.dunders.v1.Dunders.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from google.protobuf.message import Message

from ..gen import case_pb2
from ..gen.servicers import DundersServicer
from ..runtime.server import Context


class Dunders(DundersServicer):
    """The service acme.dunders.v1.Dunders."""

    async def init(
        self,
        request: case_pb2.__init__,
        context: Context,
    ) -> case_pb2._Private:
        """Answer ``acme.dunders.v1.Dunders/__init__``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def call(
        self,
        request: case_pb2._Private,
        context: Context,
    ) -> Message:
        """Answer ``acme.dunders.v1.Dunders/__call__``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def secret(
        self,
        request: case_pb2._Private,
        context: Context,
    ) -> case_pb2._Private:
        """Answer ``acme.dunders.v1.Dunders/__secret``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def private(
        self,
        request: case_pb2._Private,
        context: Context,
    ) -> case_pb2._Private:
        """Answer ``acme.dunders.v1.Dunders/_private``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def aenter(
        self,
        request: case_pb2._Private,
        context: Context,
    ) -> case_pb2._Private:
        """Answer ``acme.dunders.v1.Dunders/__aenter__``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def class_(
        self,
        request: case_pb2._Private,
        context: Context,
    ) -> case_pb2._Private:
        """Answer ``acme.dunders.v1.Dunders/__class__``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
