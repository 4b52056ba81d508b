"""The logic of a.b.c.d.e.f.v1.Deep.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.a.b.c.d.e.f.v1 import deep_pb2
from ..gen.servicers import DeepServicer
from ..runtime.server import Context


class Deep(DeepServicer):
    """The service a.b.c.d.e.f.v1.Deep."""

    async def get_leaf(
        self,
        request: deep_pb2.Leaf,
        context: Context,
    ) -> deep_pb2.Leaf:
        """Answer ``a.b.c.d.e.f.v1.Deep/GetLeaf``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_leafs(
        self,
        request: deep_pb2.Leaf,
        context: Context,
    ) -> AsyncIterator[deep_pb2.Leaf]:
        """Answer ``a.b.c.d.e.f.v1.Deep/ListLeafs``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
