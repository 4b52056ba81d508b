"""The logic of acme.verbs.v1.Verbs.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..errors import NotWritten
from ..gen import case_pb2
from ..gen.servicers import VerbsServicer
from ..runtime.server import Context


class Verbs(VerbsServicer):
    """The service acme.verbs.v1.Verbs."""

    async def import_(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/import``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def none(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/None``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def self_(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/self``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def class_(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/class``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def print(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/print``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def stop(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/Stop``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def close_(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/Close``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def start(
        self,
        requests: AsyncIterator[case_pb2.Verb],
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/Start``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def call(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> AsyncIterator[case_pb2.Verb]:
        """Answer ``acme.verbs.v1.Verbs/Call``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
        yield  # hands out the responses, one at a time

    async def async_(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/async``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def await_(
        self,
        requests: AsyncIterator[case_pb2.Verb],
        context: Context,
    ) -> AsyncIterator[case_pb2.Verb]:
        """Answer ``acme.verbs.v1.Verbs/await``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
        yield  # hands out the responses, one at a time

    async def match(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/match``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def type(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/type``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def import__2(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/Import``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def lambda_(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/Lambda``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten

    async def import__3(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/import_``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
