"""Runs a service as ``python -m PACKAGE`` does, and tells a scrape what it holds on to.

    python instrumented.py PACKAGE

Two gauges join what the service says of itself: ``service_tasks``, and ``service_collection_sizes`` with the length of
every collection that an object of the service's own has, added up by class and attribute.
"""

import asyncio
import gc
import runpy
import sys
from collections import Counter
from collections.abc import Iterator, Sized

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_COLLECTIONS = (dict, set, list)


class ObjectMetrics(Collector):
    """What can grow."""

    def __init__(self, package: str) -> None:
        self._package = package

    def collect(self) -> Iterator[Metric]:
        """Both gauges; called within the loop of the service, and once before there is one."""
        try:
            tasks = len(asyncio.all_tasks())
        except RuntimeError:
            return
        yield GaugeMetricFamily("service_tasks", "Tasks.", tasks)
        kept = GaugeMetricFamily("service_collection_sizes", "Length of collections.", labels=["place"])
        for place, length in self._lengths().items():
            kept.add_metric([place], length)
        yield kept

    def _lengths(self) -> Counter[str]:
        # What was there at the start is left alone by the collector, and not listed.
        gc.unfreeze()
        gc.collect()
        found: Counter[str] = Counter()
        for thing in gc.get_objects():
            kind = type(thing)
            if str(kind.__module__).startswith(f"{self._package}."):
                for name, value in _attributes(thing):
                    if isinstance(value, _COLLECTIONS):
                        found[f"{kind.__name__}.{name}"] += len(value)
                found[kind.__name__] += 1
        return found


def _attributes(thing: object) -> Iterator[tuple[str, Sized]]:
    yield from getattr(thing, "__dict__", {}).items()
    for name in getattr(type(thing), "__slots__", ()):
        if hasattr(thing, name):
            yield name, getattr(thing, name)


if __name__ == "__main__":
    package = sys.argv.pop(1)
    REGISTRY.register(ObjectMetrics(package))
    runpy.run_module(package, run_name="__main__", alter_sys=True)
