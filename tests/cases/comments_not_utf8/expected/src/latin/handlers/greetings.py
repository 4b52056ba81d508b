"""The logic of acme.latin.v1.Greetings.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import GreetingsServicer
from ..runtime.server import Context


class Greetings(GreetingsServicer):
    """� Acme"""

    async def greet(
        self,
        request: case_pb2.Greeting,
        context: Context,
    ) -> case_pb2.Greeting:
        """D�j� vu."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
