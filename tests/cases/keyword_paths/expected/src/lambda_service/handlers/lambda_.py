"""The logic of acme.lambda.Lambda.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..errors import NotWritten
from ..gen import lambda_pb2
from ..gen.acme.import_.class_ import things_pb2
from ..gen.servicers import LambdaServicer
from ..runtime.server import Context


class Lambda(LambdaServicer):
    """The service acme.lambda.Lambda."""

    async def invoke(
        self,
        request: lambda_pb2.Call,
        context: Context,
    ) -> things_pb2.Thing:
        """Answer ``acme.lambda.Lambda/Invoke``."""
        # TODO(you): write it; until then callers get UNIMPLEMENTED.
        raise NotWritten
