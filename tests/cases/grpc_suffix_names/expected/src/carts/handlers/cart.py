"""The logic of acme.carts.v1.Cart.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import CartServicer
from ..runtime.server import Context


class Cart(CartServicer):
    """The service acme.carts.v1.Cart."""

    async def fill(
        self,
        request: case_pb2.CartHandler,
        context: Context,
    ) -> case_pb2.CartHandler:
        """Answer ``acme.carts.v1.Cart/Fill``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
