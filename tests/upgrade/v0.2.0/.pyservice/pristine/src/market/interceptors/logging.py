"""One line in the access log for every call that has ended."""

import logging
import time
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted

import grpc

from ..gen.registry import Method
from ..server.logs import Output, ready_made
from .call import REQUEST_ID_KEY, Call, Steps, accepted_id

_ACCESS = logging.getLogger("access")

_OK = grpc.StatusCode.OK
_FAULTS = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS})


class Logging:
    """Logs request id, method, status and duration of every call."""

    def steps(self, method: Method) -> Steps:
        """Every method alike."""
        output = ready_made(_ACCESS)
        if output is None:
            return Steps(after=_log)
        return Steps(after=_Lines(method, output).after)


def _log(call: Call) -> None:
    """The way of every log line, for handlers and formatters that somebody added."""
    level = logging.ERROR if call.code in _FAULTS else logging.INFO
    if not _ACCESS.isEnabledFor(level):
        return
    line = {
        "rpc": call.rpc[1:],
        "code": call.code.name,
        "ms": round(call.seconds * 1000, 3),
        "request_id": call.request_id,
        "peer": call.peer,
        "principal": call.principal.subject,
    }
    if call.trace_id:
        line["trace_id"] = call.trace_id
    _ACCESS.log(level, "call", extra=line)


class _Lines:
    """Puts the lines of one method together: the same as `_log`, at a tenth of its cost.

    What is the same in all lines of a method and a status is written once, what is the same in all
    lines of a second once a second; each call fills the gaps.
    """

    def __init__(self, method: Method, output: Output) -> None:
        self._output = output
        self._waiting = output.waiting
        self._tail = output.tail
        self._parts = {code: _Parts(method, code) for code in grpc.StatusCode}
        self._ok = self._parts[grpc.StatusCode.OK]
        self._second = 0
        self._start = time.time() - time.monotonic()
        """Of the clock that calls are measured by, in seconds since 1970."""

    def after(self, call: Call) -> None:
        """Have the line written soon; what else is known of the call need not wait for that."""
        if not self._waiting:
            self._output.expect()
        values = (
            call.code,
            call.started + call.seconds,
            call.seconds,
            call.headers.get(REQUEST_ID_KEY),
            call.number,
            call.peer,
            call.principal.subject,
            call.trace_id,
        )
        self._waiting.append((self._line, values))

    def _line(
        self,
        code: grpc.StatusCode,
        ended: float,
        seconds: float,
        given: str | bytes | None,
        number: int,
        peer: str,
        principal: str,
        trace_id: str,
    ) -> str:
        """The line of a call that has ended a moment ago; empty for one that nobody wants to see."""
        ended += self._start
        second = int(ended)
        if second != self._second:
            self._begin(second)
        parts = self._ok if code is _OK else self._parts[code]
        if not parts.is_shown:
            return ""
        fraction = int((ended - second) * 1_000_000)
        trace = f', "trace_id": "{trace_id}"' if trace_id else ""
        return (
            f"{parts.head}{fraction:06d}{parts.middle}{seconds * 1000:.3f}, "
            f'"request_id": "{accepted_id(given, number)}", "peer": {quoted(peer)}, '
            f'"principal": {quoted(principal)}{trace}{self._tail}'
        )

    def _begin(self, second: int) -> None:
        """Write what is the same in all lines of a second."""
        self._second = second
        self._start = time.time() - time.monotonic()
        now = datetime.fromtimestamp(second, UTC).isoformat()[:19]
        for parts in self._parts.values():
            parts.is_shown = _ACCESS.isEnabledFor(parts.level)
            parts.head = f"{parts.opening}{now}."


class _Parts:
    """What many lines of one method and one status have."""

    __slots__ = ("head", "is_shown", "level", "middle", "opening")

    def __init__(self, method: Method, code: grpc.StatusCode) -> None:
        self.level = logging.ERROR if code in _FAULTS else logging.INFO
        name = logging.getLevelName(self.level).lower()
        self.opening = '{"event": "call", "level": "' + name + '", "time": "'
        """What stands ahead of the time."""
        self.head = self.opening
        """The same, with the time but for the fraction of its second."""
        self.middle = (
            f'+00:00", "logger": "access", "rpc": {quoted(method.path[1:])}, '
            f'"code": "{code.name}", "ms": '
        )
        """What stands between the time and the milliseconds."""
        self.is_shown = True
