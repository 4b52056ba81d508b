"""The logic of acme.links.v1.Links.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import LinksServicer
from ..runtime.server import Context


class Links(LinksServicer):
    """The service acme.links.v1.Links."""

    async def normalise(
        self,
        request: case_pb2.Url,
        context: Context,
    ) -> case_pb2.URL:
        """Answer ``acme.links.v1.Links/Normalise``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def lower(
        self,
        request: case_pb2.URL,
        context: Context,
    ) -> case_pb2.url:
        """Answer ``acme.links.v1.Links/Lower``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def resolve(
        self,
        request: case_pb2.LinkTarget,
        context: Context,
    ) -> case_pb2.Link_Target:
        """Answer ``acme.links.v1.Links/Resolve``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
