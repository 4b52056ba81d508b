"""The logic of acme.paths.v1.Paths.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import PathsServicer
from ..runtime.server import Context


class Paths(PathsServicer):
    """The service acme.paths.v1.Paths."""

    async def match(
        self,
        request: case_pb2.Path,
        context: Context,
    ) -> case_pb2.Path:
        """Regular expression: \\d{3}\\s*\\Z"""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def open(
        self,
        request: case_pb2.Path,
        context: Context,
    ) -> case_pb2.Path:
        """C:\\users\\name \\N{DASH} \\x4"""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
