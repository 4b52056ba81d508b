"""The logic of acme.platform.v1.Registry.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import RegistryServicer
from ..runtime.server import Context


class Registry(RegistryServicer):
    """The service acme.platform.v1.Registry."""

    async def register(
        self,
        request: case_pb2.Item,
        context: Context,
    ) -> case_pb2.Item:
        """Answer ``acme.platform.v1.Registry/Register``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
