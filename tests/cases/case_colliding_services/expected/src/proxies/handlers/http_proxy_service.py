"""The logic of acme.proxies.v1.HttpProxyService.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import HttpProxyServiceServicer
from ..runtime.server import Context


class HttpProxyService(HttpProxyServiceServicer):
    """The service acme.proxies.v1.HttpProxyService."""

    async def open(
        self,
        request: case_pb2.Route,
        context: Context,
    ) -> case_pb2.Route:
        """Answer ``acme.proxies.v1.HttpProxyService/Open``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
