"""What every call leaves behind in numbers: how many, how long, how they ended.

Names and buckets are those of OpenTelemetry's semantic conventions for RPC. The numbers are plain
attributes of one object a method, which cost a call next to nothing; `server.exposition` turns them
into Prometheus's text when somebody asks.
"""

from bisect import bisect_left
from collections.abc import Mapping

import grpc
from google.protobuf.message import Message

from ..gen.registry import Method
from .call import Call, Steps

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""The upper bounds of the histogram's buckets, in seconds."""

_OK = grpc.StatusCode.OK

OTHER = "_OTHER"
"""The method of calls to methods that are not here: what callers invent must not become labels."""

FAULTS = frozenset(
    {
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
"""How a call ends that failed on this side; any other status is an answer to its caller."""


def is_retry(headers: Mapping[str, str | bytes]) -> bool:
    """Whether a call is made again, as gRPC's clients and Envoy say; nothing else can tell."""
    if "grpc-previous-rpc-attempts" in headers:
        return True
    return headers.get("x-envoy-attempt-count", "1") != "1"


class Durations:
    """How long the calls took that ended with one status."""

    __slots__ = ("buckets", "total")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        """Calls in each bucket alone; the last is for calls beyond the last bound."""
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count one call."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


class MethodMetrics:
    """The numbers of one method."""

    __slots__ = ("_ok", "durations", "name", "received", "retries", "running", "sent")

    def __init__(self, name: str) -> None:
        self.name = name
        self.running = 0
        self.retries = 0
        """Calls that repeat one of which the caller has heard nothing good."""
        self.received = 0
        """Messages out of streams of requests."""
        self.sent = 0
        """Messages into streams of replies."""
        self.durations: dict[grpc.StatusCode, Durations] = {}
        self._ok: Durations | None = None

    def ended(self, code: grpc.StatusCode, seconds: float) -> None:
        """Count one call."""
        self._of(code).add(seconds)

    def _of(self, code: grpc.StatusCode) -> Durations:
        durations = self.durations.get(code)
        if durations is None:
            durations = self.durations[code] = Durations()
        if code is _OK:
            self._ok = durations
        return durations

    def before(self, call: Call) -> None:
        """A call begins."""
        self.running += 1
        if is_retry(call.headers):
            self.retries += 1

    def after(self, call: Call) -> None:
        """A call has ended."""
        self.running -= 1
        # Most end well, and a member of an enumeration is slow to look up.
        if call.code is _OK and self._ok is not None:
            self._ok.add(call.seconds)
        else:
            self._of(call.code).add(call.seconds)

    def take(self, call: Call, request: Message) -> None:
        """A message came out of a stream of requests."""
        self.received += 1

    def give(self, call: Call, reply: Message) -> None:
        """A message went into a stream of replies."""
        self.sent += 1


class Metrics:
    """Counts every call once, with the status that its caller sees."""

    def __init__(self) -> None:
        self.methods: list[MethodMetrics] = []
        self.other = MethodMetrics(OTHER)

    def steps(self, method: Method) -> Steps:
        """Streams have their messages counted too, as they pass."""
        metrics = MethodMetrics(method.path[1:])
        self.methods.append(metrics)
        return Steps(
            before=metrics.before,
            check=metrics.take if method.kind.streams_requests else None,
            after=metrics.after,
            sent=metrics.give if method.kind.streams_replies else None,
        )


class UnknownMethods(grpc.GenericRpcHandler):
    """Asked after all others: counts a call to a method that nobody has, and has none either."""

    def __init__(self, metrics: Metrics) -> None:
        self._other = metrics.other

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> None:
        """Called by grpc, which answers UNIMPLEMENTED."""
        self._other.ended(grpc.StatusCode.UNIMPLEMENTED, 0)
