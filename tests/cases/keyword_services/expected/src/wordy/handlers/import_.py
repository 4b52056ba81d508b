"""The logic of acme.wordy.v1.import.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import ImportServicer
from ..runtime.server import Context


class Import(ImportServicer):
    """The service acme.wordy.v1.import."""

    async def say(
        self,
        request: case_pb2.Word,
        context: Context,
    ) -> case_pb2.Word:
        """Answer ``acme.wordy.v1.import/Say``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
