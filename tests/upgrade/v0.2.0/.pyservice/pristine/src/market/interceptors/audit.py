"""Who called a method that is declared ``audit``, when, with what, and how it ended.

One event a call on the logger ``audit``, whatever LOG_LEVEL says; send it elsewhere by giving that
logger a handler of its own in ``server/logs.py``. Calls that were refused leave one too.
"""

import logging

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
        after = _of_stream if method.kind.streams_requests else _of_request
        return Steps(check=_check, after=after)


def _check(call: Call, request: Message) -> None:
    # At once: the handler may change the message. Of a stream the first one tells what it is.
    call.requests += 1
    if call.request is None:
        call.request = redacted(request)


def _of_request(call: Call) -> None:
    _AUDIT.info("audit", extra=_event(call))


def _of_stream(call: Call) -> None:
    _AUDIT.info("audit", extra={**_event(call), "requests": call.requests})


def _event(call: Call) -> dict[str, object]:
    return {
        "rpc": call.rpc[1:],
        "principal": call.principal.subject,
        "peer": call.peer,
        "code": call.code.name,
        "ms": round(call.seconds * 1000, 3),
        "request_id": call.request_id,
        "request": call.request,
    }
