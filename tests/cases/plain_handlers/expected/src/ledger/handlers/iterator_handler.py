"""The logic of acme.ledger.v1.Iterator.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..gen import case_pb2
from ..gen.servicers import IteratorHandlerServicer
from ..runtime.server import Context


class IteratorHandler(IteratorHandlerServicer):
    """The service acme.ledger.v1.Iterator."""

    def next(
        self,
        request: case_pb2.Balance,
        context: Context,
    ) -> Iterator[case_pb2.Entry]:
        """Answer ``acme.ledger.v1.Iterator/Next``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
