"""A request id for every call, and one line in the access log when it has ended."""

import logging
import re
import time
import uuid
from contextvars import ContextVar

import grpc

from ..gen.registry import Method
from .call import Call, Steps

REQUEST_ID_KEY = "x-request-id"

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the call in progress: pass it on to whatever the handler calls."""

_ACCEPTED = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)
_ACCESS = logging.getLogger("access")

_FAULTS = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS})


class Logging:
    """Takes the caller's request id, or gives one; logs method, status and duration."""

    def steps(self, method: Method) -> Steps:
        """Every method alike."""
        return Steps(before=self._before, after=self._after)

    def _before(self, call: Call) -> None:
        given = call.value(REQUEST_ID_KEY)
        # Whatever a caller sends ends up in logs: only a harmless id is taken over.
        call.request_id = given if given and _ACCEPTED.fullmatch(given) else uuid.uuid4().hex
        REQUEST_ID.set(call.request_id)

    def _after(self, call: Call, code: grpc.StatusCode) -> None:
        level = logging.ERROR if code in _FAULTS else logging.INFO
        if not _ACCESS.isEnabledFor(level):
            return
        line = {
            "rpc": call.method.path[1:],
            "code": code.name,
            "ms": round((time.perf_counter() - call.started) * 1000, 3),
            "request_id": call.request_id,
            "peer": call.context.peer(),
            "principal": call.principal.subject,
        }
        if call.trace_id:
            line["trace_id"] = call.trace_id
        _ACCESS.log(level, "call", extra=line)
