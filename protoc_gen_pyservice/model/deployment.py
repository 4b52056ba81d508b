"""The model of a project's manifests: its ports, how it stops, and the policies of its methods.

The numbers that the service and its manifests have to agree on are defined here once.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .services import Method, Service

GRPC_PORT = 50051
METRICS_PORT = 9090
HEALTH_PORT = 50052
"""Health in plaintext: a kubelet has no certificate, and probes the same port with and without TLS."""
DEFAULT_TIMEOUT_SECONDS = 30
"""Deadline of a call whose method declares none."""
SHUTDOWN_GRACE_SECONDS = 20
"""Default time for calls in flight to finish."""

_PRE_STOP_SECONDS = 5
_DRAIN_SECONDS = 5
_MARGIN_SECONDS = 5
_MAX_GRACE_SECONDS = 300
_MAX_ROUTE_MATCHES = 64
"""Limit of matches in a rule of a GRPCRoute."""


class Route(NamedTuple):
    """Methods that a mesh treats alike."""

    name: str
    paths: tuple[str, ...]
    timeout: str
    """The proxy's timeout: a second longer than the service's, whose error is more precise; ``0s`` means no limit."""
    number: int = 0
    """Its index among the routes, from 0."""


class Access(NamedTuple):
    """Methods with the same access rules."""

    paths: tuple[str, ...]
    public: bool
    roles: tuple[str, ...]
    """The caller needs one of them; quoted for YAML."""
    scopes: tuple[str, ...]
    """The caller needs all of them; quoted for YAML."""

    @property
    def restricted(self) -> bool:
        """True if authentication alone is not enough."""
        return bool(self.roles or self.scopes)


class Exposed(NamedTuple):
    """A route of a gateway, with as many services as fit into one."""

    name: str
    services: tuple[str, ...]


class Deployment(NamedTuple):
    """The values that the manifests are rendered from."""

    routes: tuple[Route, ...]
    """Routes for declared policies; the last one is for all other methods and has no paths."""
    access: tuple[Access, ...]
    exposed: tuple[Exposed, ...]
    roles: tuple[str, ...]
    """Every role that some method requires, for a comment."""
    grace: int
    """Seconds that calls in flight have to finish: the longest deadline of a call."""
    grpc_port: int = GRPC_PORT
    metrics_port: int = METRICS_PORT
    health_port: int = HEALTH_PORT
    default_timeout: int = DEFAULT_TIMEOUT_SECONDS
    default_grace: int = SHUTDOWN_GRACE_SECONDS
    pre_stop: int = _PRE_STOP_SECONDS
    drain: int = _DRAIN_SECONDS

    @property
    def termination(self) -> int:
        """Seconds from the decision to stop a pod to its end, with a margin for flushing telemetry."""
        return self.pre_stop + self.drain + self.grace + _MARGIN_SECONDS


def deployment(name: str, services: "Sequence[Service]") -> Deployment:
    """Compute the values of a project's manifests; ``name`` is its DNS label."""
    methods = [method for service in services for method in service.methods]
    return Deployment(
        routes=tuple(_routes(methods)),
        access=tuple(_access(methods)),
        exposed=tuple(_exposed(name, services)),
        roles=tuple(sorted({_comment(role) for method in methods for role in method.policy.roles})),
        grace=_grace(methods),
    )


def quoted(text: str) -> str:
    """Return any text as a double-quoted YAML scalar on one line."""
    return "".join(_escaped(character) for character in json.dumps(text, ensure_ascii=False))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return f"\\U{ord(character):08x}"


def _comment(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def _grace(methods: "Iterable[Method]") -> int:
    """Return the longest deadline of a call in seconds; streams of responses, which have no known end, excepted."""
    longest = max((_seconds(method) for method in methods if not method.server_streaming), default=0)
    return min(max(SHUTDOWN_GRACE_SECONDS, math.ceil(longest)), _MAX_GRACE_SECONDS)


def _seconds(method: "Method") -> float:
    """Return the seconds that a call may take; 0 means no limit."""
    if method.policy.timeout is not None:
        return method.policy.timeout
    return 0 if method.server_streaming else DEFAULT_TIMEOUT_SECONDS


def _routes(methods: "Iterable[Method]") -> Iterator[Route]:
    """Yield a route for each time limit, in the order of the methods."""
    groups: dict[float, list[str]] = {}
    for method in methods:
        if _seconds(method) != DEFAULT_TIMEOUT_SECONDS:
            groups.setdefault(_seconds(method), []).append(method.path)
    number = -1
    for number, (seconds, paths) in enumerate(groups.items()):
        name = f"within-{seconds:g}s" if seconds else "unlimited"
        yield Route(name, tuple(paths), _proxy_timeout(seconds), number)
    yield Route("everything-else", (), _proxy_timeout(DEFAULT_TIMEOUT_SECONDS), number + 1)


def _proxy_timeout(seconds: float) -> str:
    return f"{round((seconds + 1) * 1000)}ms" if seconds % 1 else f"{seconds + 1:.0f}s" if seconds else "0s"


def _access(methods: "Iterable[Method]") -> Iterator[Access]:
    groups: dict[tuple[bool, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for method in methods:
        policy = method.policy
        groups.setdefault((policy.public, policy.roles, policy.scopes), []).append(method.path)
    for (public, roles, scopes), paths in groups.items():
        yield Access(tuple(paths), public, tuple(map(quoted, roles)), tuple(map(quoted, scopes)))


def _exposed(name: str, services: "Sequence[Service]") -> Iterator[Exposed]:
    names = [service.full for service in services]
    for start in range(0, len(names), _MAX_ROUTE_MATCHES):
        number = start // _MAX_ROUTE_MATCHES + 1
        yield Exposed(name if number == 1 else f"{name}-{number}", tuple(names[start : start + _MAX_ROUTE_MATCHES]))
