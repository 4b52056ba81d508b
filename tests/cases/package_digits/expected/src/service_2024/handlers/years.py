"""The logic of acme._2024.v1.Years.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen._2024 import _1_things_pb2
from ..gen.servicers import YearsServicer
from ..runtime.server import Context


class Years(YearsServicer):
    """The service acme._2024.v1.Years."""

    async def get_year(
        self,
        request: _1_things_pb2.Year,
        context: Context,
    ) -> _1_things_pb2.Year:
        """Answer ``acme._2024.v1.Years/GetYear``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_years(
        self,
        request: _1_things_pb2.Year,
        context: Context,
    ) -> AsyncIterator[_1_things_pb2.Year]:
        """Answer ``acme._2024.v1.Years/ListYears``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
