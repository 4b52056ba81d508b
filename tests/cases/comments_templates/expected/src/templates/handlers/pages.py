"""The logic of acme.templates.v1.Pages.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import PagesServicer
from ..runtime.server import Context


class Pages(PagesServicer):
    """${{ secrets.TOKEN }} {{ undefined.attribute }} {% include "nothing" %}"""

    async def yaml(
        self,
        request: case_pb2.Page,
        context: Context,
    ) -> case_pb2.Page:
        """--- | > & * ! % @ ` key: value, {a: b}, [c], # yaml"""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def jinja(
        self,
        request: case_pb2.Page,
        context: Context,
    ) -> AsyncIterator[case_pb2.Page]:
        """{% endif %}"""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def shell(
        self,
        requests: AsyncIterator[case_pb2.Page],
        context: Context,
    ) -> case_pb2.Page:
        """$(shell touch x); rm -f x && echo 'done' | sh #"""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def data(
        self,
        requests: AsyncIterator[case_pb2.Page],
        context: Context,
    ) -> AsyncIterator[case_pb2.Page]:
        """key = "value" # toml, {"json": null}, <xml attr="&amp;"/>"""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def items(
        self,
        request: case_pb2.Page,
        context: Context,
    ) -> case_pb2.Page:
        """- a list
        - of no:
          yes
        """
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
