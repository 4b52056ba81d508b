"""The logic of acme.maps.v1.Shelves.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import ShelvesServicer
from ..runtime.server import Context


class Shelves(ShelvesServicer):
    """The service acme.maps.v1.Shelves."""

    async def put_shelf(
        self,
        request: case_pb2.Shelf,
        context: Context,
    ) -> case_pb2.BooksEntry:
        """Answer ``acme.maps.v1.Shelves/PutShelf``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
