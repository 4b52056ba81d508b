"""The logic of acme.wordy.v1.None.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import NoneHandlerServicer
from ..runtime.server import Context


class NoneHandler(NoneHandlerServicer):
    """The service acme.wordy.v1.None."""

    async def say(
        self,
        request: case_pb2.Word,
        context: Context,
    ) -> case_pb2.Word:
        """Answer ``acme.wordy.v1.None/Say``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
