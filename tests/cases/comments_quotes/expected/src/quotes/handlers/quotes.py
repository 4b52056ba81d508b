"""The logic of acme.quotes.v1.Quotes.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

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
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def backslash(
        self,
        request: case_pb2.Quote,
        context: Context,
    ) -> case_pb2.Quote:
        """\\"""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def both(
        self,
        request: case_pb2.Quote,
        context: Context,
    ) -> case_pb2.Quote:
        """ "leading and trailing" """
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def two(
        self,
        request: case_pb2.Quote,
        context: Context,
    ) -> AsyncIterator[case_pb2.Quote]:
        """ "" """
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def odd(
        self,
        requests: AsyncIterator[case_pb2.Quote],
        context: Context,
    ) -> case_pb2.Quote:
        """ends in an odd number of them: \\\\\\"""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def all(
        self,
        requests: AsyncIterator[case_pb2.Quote],
        context: Context,
    ) -> AsyncIterator[case_pb2.Quote]:
        """\\\"\"\"\\"""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def single(
        self,
        request: case_pb2.Quote,
        context: Context,
    ) -> case_pb2.Quote:
        """'"""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
