"""The logic of Greeter.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import GreeterServicer
from ..runtime.server import Context


class Greeter(GreeterServicer):
    """The service Greeter."""

    async def hello(
        self,
        request: case_pb2.HelloRequest,
        context: Context,
    ) -> case_pb2.HelloReply:
        """Answer ``Greeter/Hello``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
