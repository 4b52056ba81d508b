"""A quick no to the traces that are not sampled, which are most of them.

OpenTelemetry makes a span before it knows that nobody will see it, which costs a call more than all
that is done to let it in. Where a share of all new traces is taken, the lot is drawn here instead:
by the same rule, and a trace that is taken gets the very id that was drawn.
"""

from random import getrandbits

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Sampler, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, SpanContext


class Lots(RandomIdGenerator):
    """Draws the ids of traces, and with them which are taken."""

    def __init__(self) -> None:
        self._bound: int | None = None
        self._drawn: int | None = None

    def follow(self, sampler: Sampler) -> None:
        """Draw as a sampler would; one with a mind of its own is left to itself."""
        # ParentBased has no other way to be asked what it does where there is no parent.
        root = getattr(sampler, "_root", sampler)
        self._bound = root.bound if type(root) is TraceIdRatioBased else None

    def blank(self) -> "Unsampled | None":
        """The span of a new trace that is not taken; None for one that OpenTelemetry has to make."""
        if self._bound is None:
            return None
        trace_id = getrandbits(128)
        if trace_id & TraceIdRatioBased.TRACE_ID_LIMIT >= self._bound:
            return Unsampled(trace_id)
        self._drawn = trace_id
        return None

    def generate_trace_id(self) -> int:
        """Called by OpenTelemetry for a span without a parent."""
        drawn, self._drawn = self._drawn, None
        return drawn or super().generate_trace_id()


class Unsampled(NonRecordingSpan):
    """Tells what a call calls in turn that its trace is not taken; most calls never ask."""

    def __init__(self, trace_id: int) -> None:
        self._trace_id = trace_id
        self._made: SpanContext | None = None

    def get_span_context(self) -> SpanContext:
        """The ids, the same each time."""
        if self._made is None:
            self._made = SpanContext(self._trace_id, getrandbits(64) or 1, is_remote=False)
        return self._made
