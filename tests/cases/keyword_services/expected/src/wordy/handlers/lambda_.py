"""The logic of acme.wordy.v1.Lambda.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import LambdaServicer
from ..runtime.server import Context


class Lambda(LambdaServicer):
    """The service acme.wordy.v1.Lambda."""

    async def say(
        self,
        request: case_pb2.Word,
        context: Context,
    ) -> case_pb2.Word:
        """Answer ``acme.wordy.v1.Lambda/Say``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
