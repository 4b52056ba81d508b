"""The logic of acme.imported.v1.TestLab.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from google.protobuf.message import Message

from ..gen.servicers import TestLabServicer
from ..runtime.server import Context


class TestLab(TestLabServicer):
    """pytest takes a class of this name for tests."""

    async def get(
        self,
        request: Message,
        context: Context,
    ) -> Message:
        """Answer ``acme.imported.v1.TestLab/Get``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
