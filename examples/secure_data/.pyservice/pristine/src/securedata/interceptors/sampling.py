"""A quick no to the traces that are not sampled, which are most of them.

OpenTelemetry makes a span before it knows that nobody will see it, which is 7 % of a call's CPU.
Where OTEL_TRACES_SAMPLER takes a share of all new traces, the lot is drawn ahead of it: by the same
rule, and a trace that is taken gets the very id that was drawn. All other calls share one span,
which they begin with.
"""

import os
from contextvars import Context, copy_context
from random import getrandbits

from opentelemetry import context, trace
from opentelemetry.sdk.environment_variables import OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

from .call import CALL

_SHARES = ("traceidratio", "parentbased_traceidratio")


class Lots(RandomIdGenerator):
    """Which new traces are taken: a call's number is the lot, and the id of its trace."""

    def __init__(self) -> None:
        self.bound = _share().bound
        """A number below it is taken, in the bits that OpenTelemetry looks at."""
        self._drawn: int | None = None

    def draw(self, number: int) -> None:
        """Have the next trace that begins get this id."""
        self._drawn = number

    def generate_trace_id(self) -> int:
        """Called by OpenTelemetry for a span without a parent."""
        drawn, self._drawn = self._drawn, None
        return drawn or super().generate_trace_id()


def _share() -> TraceIdRatioBased:
    """The share of new traces that OTEL_TRACES_SAMPLER asks for; all where it names none.

    Read as OpenTelemetry reads it, which then asks its own sampler about what is left.
    """
    if os.environ.get(OTEL_TRACES_SAMPLER, "").lower() in _SHARES:
        try:
            return TraceIdRatioBased(float(os.environ.get(OTEL_TRACES_SAMPLER_ARG, "")))
        except ValueError:
            pass
    return TraceIdRatioBased(1)


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
