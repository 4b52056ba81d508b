"""The logic of acme.urls.v1.Pages.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import PagesServicer
from ..runtime.server import Context


class Pages(PagesServicer):
    """The service acme.urls.v1.Pages."""

    async def get_url(
        self,
        request: case_pb2.Page,
        context: Context,
    ) -> case_pb2.Page:
        """Answer ``acme.urls.v1.Pages/GetURL``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def get_url_2(
        self,
        request: case_pb2.Page,
        context: Context,
    ) -> AsyncIterator[case_pb2.Page]:
        """Answer ``acme.urls.v1.Pages/GetUrl``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def get_url_3(
        self,
        requests: AsyncIterator[case_pb2.Page],
        context: Context,
    ) -> case_pb2.Page:
        """Answer ``acme.urls.v1.Pages/get_url``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def get_url_4(
        self,
        request: case_pb2.Page,
        context: Context,
    ) -> case_pb2.Page:
        """Answer ``acme.urls.v1.Pages/GetUrl_``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def get_url2(
        self,
        request: case_pb2.Page,
        context: Context,
    ) -> case_pb2.Page:
        """Answer ``acme.urls.v1.Pages/GetUrl2``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def get_url_2_2(
        self,
        request: case_pb2.Page,
        context: Context,
    ) -> case_pb2.Page:
        """Answer ``acme.urls.v1.Pages/GetUrl_2``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def geturl(
        self,
        request: case_pb2.Page,
        context: Context,
    ) -> case_pb2.Page:
        """Answer ``acme.urls.v1.Pages/GETURL``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
