"""What a call passes on from the server call in progress: its request id, its place in a trace."""

from ..interceptors.call import METADATA, REQUEST_ID, REQUEST_ID_KEY
from .credentials import Pairs

_TRACE = frozenset({"traceparent", "tracestate"})


def request_id() -> Pairs:
    """The request id of the server call in progress; nothing outside of one."""
    found = REQUEST_ID.get()
    return ((REQUEST_ID_KEY, found),) if found else ()


def trace() -> Pairs:
    """The caller's own trace context, handed on as it came where this process traces nothing."""
    metadata = METADATA.get()
    return tuple((key, value) for key, value in metadata if key in _TRACE) if metadata else ()
