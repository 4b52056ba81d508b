"""The logic of acme.verbs.v1.Verbs.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

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
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def none(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/None``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def self_(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/self``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def class_(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/class``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def print(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/print``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def stop(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/Stop``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def close_(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/Close``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def start(
        self,
        requests: AsyncIterator[case_pb2.Verb],
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/Start``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def call(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> AsyncIterator[case_pb2.Verb]:
        """Answer ``acme.verbs.v1.Verbs/Call``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def async_(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/async``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def await_(
        self,
        requests: AsyncIterator[case_pb2.Verb],
        context: Context,
    ) -> AsyncIterator[case_pb2.Verb]:
        """Answer ``acme.verbs.v1.Verbs/await``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def match(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/match``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def type(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/type``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def import__2(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/Import``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def lambda_(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/Lambda``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def import__3(
        self,
        request: case_pb2.Verb,
        context: Context,
    ) -> case_pb2.Verb:
        """Answer ``acme.verbs.v1.Verbs/import_``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
