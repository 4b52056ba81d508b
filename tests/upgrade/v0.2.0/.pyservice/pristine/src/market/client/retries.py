"""What gRPC itself is told: which methods to try again, and how to spread calls.

Retries are gRPC's own: it knows what was sent, backs off with jitter, listens to servers that ask
for a pause, and stops when they are of no use (throttling). Only methods that are declared
idempotent are retried. Deadlines are not told here: there they would end calls a second early.
"""

import json
from typing import Any

from ..gen.registry import SERVICES, Method
from .options import Options

_BACKOFF = {"initialBackoff": "0.05s", "maxBackoff": "1s", "backoffMultiplier": 2}

_THROTTLING = {"maxTokens": 200, "tokenRatio": 0.1}
"""A failed attempt takes a token, a success gives a tenth back; below half there are no retries.
All calls that a dying replica had may be tried again; a service in trouble is not asked thrice."""

_EJECTION = {
    "interval": "1s",
    "baseEjectionTime": "5s",
    "maxEjectionTime": "60s",
    "maxEjectionPercent": 50,
    "failurePercentageEjection": {
        "threshold": 90,
        "enforcementPercentage": 100,
        "minimumHosts": 2,
        "requestVolume": 5,
    },
}
"""An address where 90 % of the calls fail is left out: frozen, perhaps, with its port still open."""


def service_config(options: Options) -> str:
    """The service config of all methods, as gRPC's JSON."""
    config: dict[str, Any] = {
        "loadBalancingConfig": _balancing(options),
        "methodConfig": [
            _retried(service.name, method, attempts)
            for service in SERVICES
            for method in service.methods
            if (attempts := _attempts(method, options)) > 1
        ],
        "retryThrottling": _THROTTLING,
    }
    if options.watch_health:
        config["healthCheckConfig"] = {"serviceName": ""}
    return json.dumps(config)


def _attempts(method: Method, options: Options) -> int:
    if not method.policy.idempotent or options.attempts == 1:
        return 1
    return method.policy.attempts or options.attempts


def _retried(service: str, method: Method, attempts: int) -> dict[str, Any]:
    return {
        "name": [{"service": service, "method": method.name}],
        "retryPolicy": {
            "maxAttempts": attempts,
            "retryableStatusCodes": ["UNAVAILABLE"],
            **_BACKOFF,
        },
    }


def _balancing(options: Options) -> list[dict[str, Any]]:
    plain: dict[str, Any] = {options.balancing: {}}
    if not options.eject or options.balancing == "pick_first":
        return [plain]
    # gRPC takes the first that it knows: should the experiment end, the other is left.
    return [{"outlier_detection_experimental": {**_EJECTION, "childPolicy": [plain]}}, plain]
