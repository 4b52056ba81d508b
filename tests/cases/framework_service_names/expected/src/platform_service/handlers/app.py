"""The logic of acme.platform.v1.App.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import AppServicer
from ..runtime.server import Context


class App(AppServicer):
    """The service acme.platform.v1.App."""

    async def main(
        self,
        request: case_pb2.Item,
        context: Context,
    ) -> case_pb2.Item:
        """Answer ``acme.platform.v1.App/Main``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
