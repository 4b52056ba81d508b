"""Who called a method that is declared ``audit``, when, with what, and how it ended.

One event a call on the logger ``audit``, whatever LOG_LEVEL says; send it elsewhere by giving that
logger a handler of its own in ``server/logs.py``. Calls that were refused leave one too.
"""

import logging
import time

import grpc
from google.protobuf.message import Message

from ..gen.registry import Method
from ..server.redaction import redacted
from .call import Call, Steps

_AUDIT = logging.getLogger("audit")
_AUDIT.setLevel(logging.INFO)


class Audit:
    """Writes the events; costs methods without a declaration nothing."""

    def steps(self, method: Method) -> Steps:
        """What is declared decides."""
        if not method.policy.audit:
            return Steps()
        return Steps(before=self._before, check=self._check, after=self._after)

    @staticmethod
    def _before(call: Call) -> None:
        """Being entered is what brings a call its event, even if the next step refuses it."""

    @staticmethod
    def _check(call: Call, request: Message) -> None:
        # At once: the handler may change the message. Of a stream the first one tells what it is.
        call.requests += 1
        if call.request is None:
            call.request = redacted(request)

    @staticmethod
    def _after(call: Call, code: grpc.StatusCode) -> None:
        event = {
            "rpc": call.method.path[1:],
            "principal": call.principal.subject,
            "peer": call.context.peer(),
            "code": code.name,
            "ms": round((time.perf_counter() - call.started) * 1000, 3),
            "request_id": call.request_id,
            "request": call.request,
        }
        if call.method.kind.streams_requests:
            event["requests"] = call.requests
        _AUDIT.info("audit", extra=event)
