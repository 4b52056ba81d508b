"""The logic of acme.characters.v1.Texts.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import TextsServicer
from ..runtime.server import Context


class Texts(TextsServicer):
    """Trailing spaces here

    a tab first
    """

    async def feed(
        self,
        request: case_pb2.Text,
        context: Context,
    ) -> case_pb2.Text:
        """a form feed inside

        and a vertical tab  too
        """
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def control(
        self,
        request: case_pb2.Text,
        context: Context,
    ) -> case_pb2.Text:
        """a bell , an escape [31m red, a delete"""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def long(
        self,
        requests: AsyncIterator[case_pb2.Text],
        context: Context,
    ) -> case_pb2.Text:
        """A very long line without any break that goes on A very long line without any break that
        goes on A very long line without any break that goes on A very long line without any break
        that goes on A very long line without any break that goes on A very long line without any
        break that goes on
        and-one-word-of-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        """
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def accents(
        self,
        request: case_pb2.Text,
        context: Context,
    ) -> AsyncIterator[case_pb2.Text]:
        """Ünïcödé"""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
