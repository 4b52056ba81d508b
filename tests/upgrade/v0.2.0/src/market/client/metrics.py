"""The numbers of all calls that this process makes, by OpenTelemetry's names.

They are part of what `prometheus_client` shows, where the process has loaded it: a service serves
them with its own.
"""

import sys
import threading
from typing import Any

from ..interceptors.metrics import MethodMetrics
from .breaker import Change, State


class ClientMetrics:
    """The numbers of each method of each target."""

    def __init__(self) -> None:
        self.methods: dict[tuple[str, str], MethodMetrics] = {}
        self.open: set[tuple[str, str]] = set()
        """Those whose circuit is not closed: not all calls are made."""
        self._shown = False
        self._lock = threading.Lock()

    def method(self, target: str, rpc: str) -> MethodMetrics:
        """The numbers of one method of a target."""
        with self._lock:
            found = self.methods.get((target, rpc))
            if found is None:
                found = self.methods[target, rpc] = MethodMetrics(rpc)
            if not self._shown and sys.modules.get("prometheus_client") is not None:
                self._shown = True
                _show(self)
            return found

    def changed(self, change: Change) -> None:
        """Called by every circuit."""
        if change.after is State.CLOSED:
            self.open.discard((change.target, change.rpc))
        else:
            self.open.add((change.target, change.rpc))


METRICS = ClientMetrics()
"""Of the whole process, as Prometheus wants it: numbers outlive the clients that they are of."""


def _show(metrics: ClientMetrics) -> None:
    from prometheus_client import REGISTRY
    from prometheus_client.metrics_core import Metric
    from prometheus_client.registry import Collector

    from ..server.exposition import families

    class Calls(Collector):
        """Asked with each scrape."""

        def collect(self) -> Any:
            """The families of the client's side."""
            listed = [(m, {"server_address": to}) for (to, _), m in metrics.methods.items()]
            yield from families("client", listed)
            circuits = Metric("rpc_client_circuit_open", "Whether calls are held back.", "gauge")
            for target, rpc in metrics.methods:
                labels = {
                    "rpc_system_name": "grpc",
                    "rpc_method": rpc,
                    "server_address": target,
                }
                circuits.add_sample(circuits.name, labels, (target, rpc) in metrics.open)
            yield circuits

    REGISTRY.register(Calls())
