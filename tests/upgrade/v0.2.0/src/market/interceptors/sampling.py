"""A quick no to the traces that are not sampled, which are most of them.

OpenTelemetry makes a span before it knows that nobody will see it, which costs a call more than all
that is done to let it in. Where a share of all new traces is taken, the lot is drawn ahead of it: by
the same rule, and a trace that is taken gets the very id that was drawn. All other calls share one
span, which they begin with.
"""

from contextvars import Context, copy_context
from random import getrandbits

from opentelemetry import context, trace
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import (
    ParentBased,
    ParentBasedTraceIdRatio,
    Sampler,
    TraceIdRatioBased,
)

from .call import CALL

_ALL = TraceIdRatioBased.TRACE_ID_LIMIT + 1
_PARENT_BASED = (ParentBased, ParentBasedTraceIdRatio)


class Lots(RandomIdGenerator):
    """Which new traces are taken: a call's number is the lot, and the id of its trace."""

    def __init__(self) -> None:
        self.bound = _ALL
        """A number below it is taken, in the bits that OpenTelemetry looks at."""
        self._drawn: int | None = None

    def follow(self, sampler: Sampler) -> None:
        """Decide as a sampler would; one with a mind of its own is left to itself."""
        # ParentBased has no other way to be asked what it does where there is no parent.
        root = getattr(sampler, "_root", None) if type(sampler) in _PARENT_BASED else sampler
        self.bound = root.bound if type(root) is TraceIdRatioBased else _ALL

    def draw(self, number: int) -> None:
        """Have the next trace that begins get this id."""
        self._drawn = number

    def generate_trace_id(self) -> int:
        """Called by OpenTelemetry for a span without a parent."""
        drawn, self._drawn = self._drawn, None
        return drawn or super().generate_trace_id()


class _Unsampled(trace.NonRecordingSpan):
    """Stands for the spans of all calls whose trace is not taken, and knows in which it is asked."""

    def __init__(self) -> None:
        super().__init__(trace.INVALID_SPAN_CONTEXT)

    def get_span_context(self) -> trace.SpanContext:
        """The ids of the call in progress, the same each time: what it calls is not taken either."""
        call = CALL.get(None)
        if call is None:
            return trace.INVALID_SPAN_CONTEXT
        if call.unsampled is None:
            call.unsampled = trace.SpanContext(call.number, getrandbits(64) or 1, is_remote=False)
        ids: trace.SpanContext = call.unsampled
        return ids


def all_unsampled() -> Context:
    """A copy of the current context, for calls to begin in: with a span that nobody takes."""
    copied = copy_context()
    copied.run(context.attach, trace.set_span_in_context(_Unsampled(), context.Context()))
    return copied
