"""The logic of c.v1.Translator.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.a.v1 import types_pb2
from ..gen.b.v1 import types_pb2 as v1_types_pb2
from ..gen.c.v1 import types_pb2 as c_v1_types_pb2
from ..gen.servicers import TranslatorServicer
from ..runtime.server import Context


class Translator(TranslatorServicer):
    """The service c.v1.Translator."""

    async def translate(
        self,
        request: types_pb2.Id,
        context: Context,
    ) -> v1_types_pb2.Id:
        """Answer ``c.v1.Translator/Translate``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def join(
        self,
        requests: AsyncIterator[types_pb2.Id],
        context: Context,
    ) -> AsyncIterator[c_v1_types_pb2.Id]:
        """Answer ``c.v1.Translator/Join``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
