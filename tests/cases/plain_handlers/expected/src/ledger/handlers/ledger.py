"""The logic of acme.ledger.v1.Ledger.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..gen import case_pb2
from ..gen.servicers import LedgerServicer
from ..runtime.server import Context


class Ledger(LedgerServicer):
    """The service acme.ledger.v1.Ledger."""

    def book(
        self,
        request: case_pb2.Entry,
        context: Context,
    ) -> case_pb2.Balance:
        """Books one entry."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    def list(
        self,
        request: case_pb2.Balance,
        context: Context,
    ) -> Iterator[case_pb2.Entry]:
        """Answer ``acme.ledger.v1.Ledger/List``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    def book_all(
        self,
        requests: Iterator[case_pb2.Entry],
        context: Context,
    ) -> case_pb2.Balance:
        """Answer ``acme.ledger.v1.Ledger/BookAll``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    def follow(
        self,
        requests: Iterator[case_pb2.Entry],
        context: Context,
    ) -> Iterator[case_pb2.Balance]:
        """Answer ``acme.ledger.v1.Ledger/Follow``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
