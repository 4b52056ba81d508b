"""The logic of acme.proxies.v1.HTTPProxy.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import HTTPProxyV1Servicer
from ..runtime.server import Context


class HTTPProxyV1(HTTPProxyV1Servicer):
    """The service acme.proxies.v1.HTTPProxy."""

    async def open(
        self,
        request: case_pb2.Route,
        context: Context,
    ) -> AsyncIterator[case_pb2.Route]:
        """Answer ``acme.proxies.v1.HTTPProxy/Open``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
