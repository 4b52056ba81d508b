"""The logic of acme.trees.v1.Trees.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import TreesServicer
from ..runtime.server import Context


class Trees(TreesServicer):
    """The service acme.trees.v1.Trees."""

    async def balance(
        self,
        request: case_pb2.Node,
        context: Context,
    ) -> case_pb2.Node:
        """Answer ``acme.trees.v1.Trees/Balance``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def evaluate(
        self,
        request: case_pb2.Expression,
        context: Context,
    ) -> case_pb2.Expression:
        """Answer ``acme.trees.v1.Trees/Evaluate``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
