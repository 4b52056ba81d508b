"""A request id for every call, and one line in the access log when it has ended."""

import logging
import re
import time
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted
from random import getrandbits
from typing import NamedTuple

import grpc

from ..gen.registry import Method
from ..server.logs import Output, ready_made
from .call import REQUEST_ID, REQUEST_ID_KEY, Call, Steps

_ACCEPTED = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)
_ACCESS = logging.getLogger("access")

_FAULTS = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS})


class Logging:
    """Takes the caller's request id, or gives one; logs method, status and duration."""

    def steps(self, method: Method) -> Steps:
        """Every method alike."""
        output = ready_made(_ACCESS)
        after = _Lines(method, output).add if output is not None else _log
        return Steps(before=self._before, after=after)

    def _before(self, call: Call) -> None:
        given = call.headers.get(REQUEST_ID_KEY)
        # Whatever a caller sends ends up in logs: only a harmless id is taken over.
        accepted = isinstance(given, str) and _ACCEPTED.fullmatch(given)
        call.request_id = request_id = str(given) if accepted else f"{getrandbits(128):032x}"
        REQUEST_ID.set(request_id)


def _log(call: Call, code: grpc.StatusCode) -> None:
    """The way of every log line, for handlers and formatters that somebody added."""
    level = _level(code)
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


class _Lines:
    """Puts the lines of one method together: the same as `_log`, at a fifth of its cost.

    What is the same in all lines of a method and a status is written once; each call fills the gaps.
    """

    def __init__(self, method: Method, output: Output) -> None:
        self._add, self._tail = output.add, output.tail
        self._parts = {code: _parts(method, code) for code in grpc.StatusCode}
        self._second, self._time = 0, ""

    def add(self, call: Call, code: grpc.StatusCode) -> None:
        """The line of a call that has ended."""
        parts = self._parts[code]
        if _ACCESS.isEnabledFor(parts.level):
            self._add(
                self._line,
                parts,
                time.time(),
                time.perf_counter() - call.started,
                call.request_id,
                call.context.peer(),
                call.principal.subject,
                call.trace_id,
            )

    def _line(
        self,
        parts: "_Parts",
        ended: float,
        seconds: float,
        request_id: str,
        peer: str,
        principal: str,
        trace_id: str,
    ) -> str:
        trace = f', "trace_id": "{trace_id}"' if trace_id else ""
        return (
            f"{parts.head}{self._shown(ended)}{parts.middle}{seconds * 1000:.3f}, "
            f'"request_id": "{request_id}", "peer": {quoted(peer)}, '
            f'"principal": {quoted(principal)}{trace}{self._tail}'
        )

    def _shown(self, now: float) -> str:
        second = int(now)
        if second != self._second:
            self._time = datetime.fromtimestamp(second, UTC).isoformat()[:19]
            self._second = second
        return f"{self._time}.{int((now - second) * 1_000_000):06d}+00:00"


class _Parts(NamedTuple):
    """What all lines of one method and one status have."""

    level: int
    head: str
    """What stands ahead of the time."""
    middle: str
    """What follows until the milliseconds."""


def _parts(method: Method, code: grpc.StatusCode) -> _Parts:
    level = _level(code)
    rpc = quoted(method.path[1:])
    return _Parts(
        level,
        '{"event": "call", "level": "' + logging.getLevelName(level).lower() + '", "time": "',
        f'", "logger": "access", "rpc": {rpc}, "code": "{code.name}", "ms": ',
    )


def _level(code: grpc.StatusCode) -> int:
    return logging.ERROR if code in _FAULTS else logging.INFO
