"""The logic of acme.lambda.Lambda.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

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
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
