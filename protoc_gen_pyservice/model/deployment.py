"""What the manifests say of a project: its ports, how it stops, and what is declared about its methods.

The numbers that the service and its manifests have to agree on stand here once.
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
"""Health in plaintext: a kubelet has no certificate, and asks the same port with and without TLS."""
DEFAULT_TIMEOUT = 30
"""Seconds that a call may take where nothing is declared."""
SHUTDOWN_GRACE = 20
"""Seconds that calls in flight may take to finish where nobody says otherwise."""

_PRE_STOP = 5
_DRAIN = 5
_MARGIN = 5
_MAX_GRACE_SECONDS = 300
_MAX_ROUTE_MATCHES = 64
"""Matches that a rule of a GRPCRoute may have."""


class Route(NamedTuple):
    """Methods that a mesh treats alike."""

    name: str
    paths: tuple[str, ...]
    timeout: str
    """What a proxy waits: a second longer than the service, whose own answer says more; ``0s`` is no limit."""
    number: int = 0
    """Its place among the routes, from 0."""


class Access(NamedTuple):
    """Methods with the same needs."""

    paths: tuple[str, ...]
    public: bool
    roles: tuple[str, ...]
    """One of them is needed; quoted for YAML."""
    scopes: tuple[str, ...]
    """Each of them is needed; quoted for YAML."""

    @property
    def restricted(self) -> bool:
        """Whether being known is not enough."""
        return bool(self.roles or self.scopes)


class Exposed(NamedTuple):
    """A route of a gateway: as many services as fit into one."""

    name: str
    services: tuple[str, ...]


class Deployment(NamedTuple):
    """What the manifests are rendered from."""

    routes: tuple[Route, ...]
    """Routes for what is declared; the last one is for all other methods and has no paths."""
    access: tuple[Access, ...]
    exposed: tuple[Exposed, ...]
    roles: tuple[str, ...]
    """Every role that some method asks for, for a comment."""
    grace: int
    """Seconds that calls in flight may take to finish: the longest that a call may take."""
    grpc_port: int = GRPC_PORT
    metrics_port: int = METRICS_PORT
    health_port: int = HEALTH_PORT
    default_timeout: int = DEFAULT_TIMEOUT
    default_grace: int = SHUTDOWN_GRACE
    pre_stop: int = _PRE_STOP
    drain: int = _DRAIN

    @property
    def termination(self) -> int:
        """Seconds from the decision to stop a pod to its end, with some to spare for the telemetry's last words."""
        return self.pre_stop + self.drain + self.grace + _MARGIN


def deployment(name: str, services: "Sequence[Service]") -> Deployment:
    """Compute what the manifests of a project say; ``name`` is its DNS label."""
    methods = [method for service in services for method in service.methods]
    return Deployment(
        routes=tuple(_routes(methods)),
        access=tuple(_access(methods)),
        exposed=tuple(_exposed(name, services)),
        roles=tuple(sorted({_comment(role) for method in methods for role in method.policy.roles})),
        grace=_grace(methods),
    )


def quoted(text: str) -> str:
    """A text as a double-quoted YAML scalar on one line, whatever is in it."""
    return "".join(_escaped(character) for character in json.dumps(text, ensure_ascii=False))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return f"\\U{ord(character):08x}"


def _comment(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def _grace(methods: "Iterable[Method]") -> int:
    """The longest that a call may take that is no stream of replies, whose end nobody knows."""
    longest = max((_seconds(method) for method in methods if not method.server_streaming), default=0)
    return min(max(SHUTDOWN_GRACE, math.ceil(longest)), _MAX_GRACE_SECONDS)


def _seconds(method: "Method") -> float:
    """Seconds that a call may take; 0 is no limit."""
    if method.policy.timeout is not None:
        return method.policy.timeout
    return 0 if method.server_streaming else DEFAULT_TIMEOUT


def _routes(methods: "Iterable[Method]") -> Iterator[Route]:
    """A route for each time limit, in the order in which methods ask for them."""
    groups: dict[float, list[str]] = {}
    for method in methods:
        if _seconds(method) != DEFAULT_TIMEOUT:
            groups.setdefault(_seconds(method), []).append(method.path)
    number = -1
    for number, (seconds, paths) in enumerate(groups.items()):
        name = f"within-{seconds:g}s" if seconds else "unlimited"
        yield Route(name, tuple(paths), _waits(seconds), number)
    yield Route("everything-else", (), _waits(DEFAULT_TIMEOUT), number + 1)


def _waits(seconds: float) -> str:
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
