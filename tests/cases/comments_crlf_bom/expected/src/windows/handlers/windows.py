"""The logic of acme.windows.v1.Windows.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import WindowsServicer
from ..runtime.server import Context


class Windows(WindowsServicer):
    """A block
    of two lines.
    """

    async def open(
        self,
        request: case_pb2.Window,
        context: Context,
    ) -> case_pb2.Window:
        """Opens.

        And more.
        """
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
