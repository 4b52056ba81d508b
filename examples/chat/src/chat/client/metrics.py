"""The numbers of all calls that this process makes, by OpenTelemetry's names.

They are part of what `prometheus_client` shows, where the process has loaded it: a service serves
them with its own.
"""

import sys
import threading
from typing import Any

from ..interceptors.metrics import MethodMetrics


class ClientMetrics:
    """The numbers of each method of each target."""

    def __init__(self) -> None:
        self.methods: dict[tuple[str, str], MethodMetrics] = {}
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


METRICS = ClientMetrics()
"""Of the whole process, as Prometheus wants it: numbers outlive the clients that they are of."""


def _show(metrics: ClientMetrics) -> None:
    from prometheus_client import REGISTRY
    from prometheus_client.registry import Collector

    from ..server.exposition import families

    class Calls(Collector):
        """Asked with each scrape."""

        def collect(self) -> Any:
            """The families of the client's side."""
            listed = [(m, {"server_address": to}) for (to, _), m in metrics.methods.items()]
            return families("client", listed)

    REGISTRY.register(Calls())
