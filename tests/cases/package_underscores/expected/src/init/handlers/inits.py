"""The logic of _acme.__init__.v1beta1.Inits.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen._acme import __init___pb2 as init___pb2
from ..gen.servicers import InitsServicer
from ..runtime.server import Context


class Inits(InitsServicer):
    """The service _acme.__init__.v1beta1.Inits."""

    async def get_init(
        self,
        request: init___pb2.Init,
        context: Context,
    ) -> init___pb2.Init:
        """Answer ``_acme.__init__.v1beta1.Inits/GetInit``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_inits(
        self,
        request: init___pb2.Init,
        context: Context,
    ) -> AsyncIterator[init___pb2.Init]:
        """Answer ``_acme.__init__.v1beta1.Inits/ListInits``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
