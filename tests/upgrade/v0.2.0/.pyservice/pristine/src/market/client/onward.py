"""What goes out ahead of a call: the request id and the place in a trace of the server call in
progress, and what its caller adds."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ..interceptors.call import CALL, REQUEST_ID_KEY

Metadata: TypeAlias = Sequence[tuple[str, str | bytes]]
"""Pairs sent ahead of a call; keys are lower case, values of keys ending in ``-bin`` are bytes."""

Pairs: TypeAlias = tuple[tuple[str, str | bytes], ...]

_TRACE = frozenset({"traceparent", "tracestate"})
_KEY, _TEXT = re.compile(r"[0-9a-z_.-]+"), re.compile(r"[ -~]*")


def request_id() -> Pairs:
    """The request id of the server call in progress; nothing outside of one."""
    call = CALL.get(None)
    return () if call is None else ((REQUEST_ID_KEY, call.request_id),)


def trace() -> Pairs:
    """The caller's own trace context, handed on as it came where this process traces nothing."""
    call = CALL.get(None)
    if call is None or _TRACE.isdisjoint(call.headers):
        return ()
    return tuple((key, value) for key, value in call.metadata if key in _TRACE)


def checked(metadata: Metadata) -> Pairs:
    """Metadata of a caller's own. Raises TypeError or ValueError for what grpc would choke on."""
    if isinstance(metadata, (str, Mapping)):
        wrong = type(metadata).__name__
        raise TypeError(f"metadata is pairs of key and value, not {wrong}: list(metadata.items())")
    pairs = tuple(metadata)
    for key, value in pairs:
        about = f"metadata {key!r}"
        if not _KEY.fullmatch(key):
            raise ValueError(f"{about}: a key has lower case letters, digits, and any of -_.")
        if not key.endswith("-bin"):
            sendable(value, about)
        elif not isinstance(value, bytes):
            raise TypeError(f"{about}: a value of such a key is bytes, not {type(value).__name__}.")
    return pairs


def sendable(value: Any, about: str) -> str:
    """A text that may be sent. Raises TypeError or ValueError, which do not show it."""
    if not isinstance(value, str):
        raise TypeError(f"{about}: the value is to be text, not {type(value).__name__}.")
    if not _TEXT.fullmatch(value):
        raise ValueError(f"{about}: the value is to be printable ASCII on one line.")
    return value
