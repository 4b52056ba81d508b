"""The logic of acme.library.v1.Library.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from google.rpc import status_pb2

from ..gen.acme.library.v1 import library_pb2
from ..gen.servicers import LibraryServicer
from ..runtime.server import Context


class Library(LibraryServicer):
    """The service acme.library.v1.Library."""

    async def get_book(
        self,
        request: library_pb2.GetBookRequest,
        context: Context,
    ) -> library_pb2.Book:
        """Answer ``acme.library.v1.Library/GetBook``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def move_book(
        self,
        request: library_pb2.Book,
        context: Context,
    ) -> status_pb2.Status:
        """Answer ``acme.library.v1.Library/MoveBook``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
