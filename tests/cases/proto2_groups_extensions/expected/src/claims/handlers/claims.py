"""The logic of acme.claims.v1.Claims.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import ClaimsServicer
from ..runtime.server import Context


class Claims(ClaimsServicer):
    """The service acme.claims.v1.Claims."""

    async def file_claim(
        self,
        request: case_pb2.Claim,
        context: Context,
    ) -> case_pb2.Claim:
        """Answer ``acme.claims.v1.Claims/FileClaim``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_items(
        self,
        request: case_pb2.Claim,
        context: Context,
    ) -> AsyncIterator[case_pb2.Claim.Item]:
        """Answer ``acme.claims.v1.Claims/ListItems``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
