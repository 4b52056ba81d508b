"""The numbers of all calls as Prometheus reads them, put together when it asks.

Metrics of your own need nothing from here: what prometheus_client's ``Counter(...)`` and the like
register by themselves is served along.
"""

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ..interceptors.metrics import BOUNDS, FAULTS, Durations, MethodMetrics, Metrics

_Labels = dict[str, str]

_EDGES = (*(f"{bound:g}" for bound in BOUNDS), "+Inf")


class Exposition(Collector):
    """The calls of one server, and everything that was registered in this process."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        """The families, in the order in which they are served."""
        methods = [*self._metrics.methods, self._metrics.other]
        yield _durations(methods)
        yield _active(self._metrics.methods)
        yield _messages(self._metrics.methods)
        # Memory, CPU, garbage collection, and what the handlers count.
        yield from REGISTRY.collect()


def _durations(methods: list[MethodMetrics]) -> Metric:
    family = Metric("rpc_server_call_duration_seconds", "Duration of calls.", "histogram")
    for method in methods:
        for code, durations in method.durations.items():
            labels = {**_labels(method), "rpc_response_status_code": code.name}
            if code in FAULTS:
                labels["error_type"] = code.name
            _histogram(family, labels, durations)
    return family


def _histogram(family: Metric, labels: _Labels, durations: Durations) -> None:
    count = 0
    for edge, count in zip(_EDGES, accumulate(durations.buckets), strict=True):
        family.add_sample(f"{family.name}_bucket", {**labels, "le": edge}, count)
    family.add_sample(f"{family.name}_count", labels, count)
    family.add_sample(f"{family.name}_sum", labels, durations.total)


def _active(methods: list[MethodMetrics]) -> Metric:
    family = Metric("rpc_server_active_calls", "Calls in progress.", "gauge")
    for method in methods:
        family.add_sample(family.name, _labels(method), method.running)
    return family


def _messages(methods: list[MethodMetrics]) -> Metric:
    family = Metric("rpc_server_stream_messages", "Messages that went through streams.", "counter")
    for method in methods:
        for direction, count in (("RECEIVED", method.received), ("SENT", method.sent)):
            if count:
                labels = {**_labels(method), "rpc_message_type": direction}
                family.add_sample(f"{family.name}_total", labels, count)
    return family


def _labels(method: MethodMetrics) -> _Labels:
    return {"rpc_system_name": "grpc", "rpc_method": method.name}
