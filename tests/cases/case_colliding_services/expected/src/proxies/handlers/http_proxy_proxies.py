"""The logic of acme.proxies.v1.http_proxy.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import HttpProxyProxiesServicer
from ..runtime.server import Context


class HttpProxyProxies(HttpProxyProxiesServicer):
    """The service acme.proxies.v1.http_proxy."""

    async def open(
        self,
        requests: AsyncIterator[case_pb2.Route],
        context: Context,
    ) -> case_pb2.Route:
        """Answer ``acme.proxies.v1.http_proxy/Open``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
