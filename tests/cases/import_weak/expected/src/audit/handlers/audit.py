"""The logic of acme.audit.v1.Audit.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import AuditServicer
from ..runtime.server import Context


class Audit(AuditServicer):
    """The service acme.audit.v1.Audit."""

    async def append(
        self,
        request: case_pb2.Entry,
        context: Context,
    ) -> case_pb2.Entry:
        """Answer ``acme.audit.v1.Audit/Append``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
