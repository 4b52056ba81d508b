"""The logic of acme.quotes.v1.Quotes.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..errors import NotWritten
from ..gen import case_pb2
from ..gen.servicers import QuotesServicer
from ..runtime.server import Context


class Quotes(QuotesServicer):
    """\"\"\" """

    async def triple(
        self,
        request: case_pb2.Quote,
        context: Context,
    ) -> case_pb2.Quote:
        """raise SystemExit(\"\"\"no\"\"\")"""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def backslash(
        self,
        request: case_pb2.Quote,
        context: Context,
    ) -> case_pb2.Quote:
        """\\"""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def both(
        self,
        request: case_pb2.Quote,
        context: Context,
    ) -> case_pb2.Quote:
        """ "leading and trailing" """
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def two(
        self,
        request: case_pb2.Quote,
        context: Context,
    ) -> AsyncIterator[case_pb2.Quote]:
        """ "" """
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
        yield  # hands out the responses, one at a time

    async def odd(
        self,
        requests: AsyncIterator[case_pb2.Quote],
        context: Context,
    ) -> case_pb2.Quote:
        """ends in an odd number of them: \\\\\\"""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def all(
        self,
        requests: AsyncIterator[case_pb2.Quote],
        context: Context,
    ) -> AsyncIterator[case_pb2.Quote]:
        """\\\"\"\"\\"""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
        yield  # hands out the responses, one at a time

    async def single(
        self,
        request: case_pb2.Quote,
        context: Context,
    ) -> case_pb2.Quote:
        """'"""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
