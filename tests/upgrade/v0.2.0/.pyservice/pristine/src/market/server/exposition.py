"""The numbers of all calls as Prometheus reads them, put together when it asks.

Metrics of your own need nothing from here: what prometheus_client's ``Counter(...)`` and the like
register by themselves is served along.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate

import grpc
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ..interceptors.metrics import BOUNDS, FAULTS, OTHER, Durations, MethodMetrics, Metrics
from ..settings import Settings
from .tls import expiration
from .watched import Watched

_Labels = dict[str, str]
_Named = list[tuple[MethodMetrics, _Labels]]

_EDGES = (*(f"{bound:g}" for bound in BOUNDS), "+Inf")


class Exposition(Collector):
    """The calls of one server, and everything that was registered in this process."""

    def __init__(self, metrics: Metrics, settings: Settings) -> None:
        self._metrics = metrics
        self._limit = settings.max_concurrent_rpcs
        self._certificate = settings.tls_cert_file
        self._expiration: Watched[float] | None = None

    def collect(self) -> Iterator[Metric]:
        """The families, in the order in which they are served."""
        methods = [*self._metrics.methods, self._metrics.other]
        yield from families("server", [(method, {}) for method in methods])
        yield _retries(self._metrics.methods)
        yield from self._ends_of_things()
        # Memory, CPU, garbage collection, and what the handlers count.
        yield from REGISTRY.collect()

    def _ends_of_things(self) -> Iterator[Metric]:
        """What alerts compare with: how many calls there may be, and when the certificate ends."""
        if self._limit:
            yield _gauge("rpc_server_active_calls_limit", "MAX_CONCURRENT_RPCS.", self._limit)
        if path := self._certificate:
            if self._expiration is None:
                self._expiration = Watched([path], lambda: expiration(path))
            name = "tls_certificate_expiration_timestamp_seconds"
            yield _gauge(name, "When TLS_CERT_FILE is no longer valid.", self._expiration.latest())


def _gauge(name: str, text: str, value: float) -> Metric:
    family = Metric(name, text, "gauge")
    family.add_sample(name, {}, value)
    return family


def families(side: str, methods: Sequence[tuple[MethodMetrics, _Labels]]) -> Iterator[Metric]:
    """What the numbers of methods are called; ``side`` is ``server`` or ``client``."""
    named = [(method, {**_labels(method), **more}) for method, more in methods]
    yield _durations(side, named)
    yield _active(side, named)
    yield _messages(side, named)


def _durations(side: str, methods: _Named) -> Metric:
    name = f"rpc_{side}_call_duration_seconds"
    family = Metric(name, "Duration of calls.", "histogram")
    for method, labels in methods:
        for code, durations in list(method.durations.items()):
            status = {**labels, "rpc_response_status_code": code.name}
            # For who called, everything else than OK is an error.
            if code in FAULTS if side == "server" else code is not grpc.StatusCode.OK:
                status["error_type"] = code.name
            _histogram(family, status, durations)
    return family


def _histogram(family: Metric, labels: _Labels, durations: Durations) -> None:
    count = 0
    for edge, count in zip(_EDGES, accumulate(durations.buckets), strict=True):
        family.add_sample(f"{family.name}_bucket", {**labels, "le": edge}, count)
    family.add_sample(f"{family.name}_count", labels, count)
    family.add_sample(f"{family.name}_sum", labels, durations.total)


def _active(side: str, methods: _Named) -> Metric:
    family = Metric(f"rpc_{side}_active_calls", "Calls in progress.", "gauge")
    for method, labels in methods:
        if method.name != OTHER:
            family.add_sample(family.name, labels, method.running)
    return family


def _retries(methods: Sequence[MethodMetrics]) -> Metric:
    family = Metric("rpc_server_retries", "Calls that repeat one that failed.", "counter")
    for method in methods:
        family.add_sample(f"{family.name}_total", _labels(method), method.retries)
    return family


def _messages(side: str, methods: _Named) -> Metric:
    name = f"rpc_{side}_stream_messages"
    family = Metric(name, "Messages that went through streams.", "counter")
    for method, labels in methods:
        for direction, count in (("RECEIVED", method.received), ("SENT", method.sent)):
            if count:
                sample = {**labels, "rpc_message_type": direction}
                family.add_sample(f"{family.name}_total", sample, count)
    return family


def _labels(method: MethodMetrics) -> _Labels:
    return {"rpc_system_name": "grpc", "rpc_method": method.name}
