"""The gRPC health protocol (grpc.health.v1): what probes and load balancers ask.

It knows three kinds of names: ``""`` for the server, each service's full name, and ``liveness``,
which only says that the process answers. Everything but ``liveness`` starts as NOT_SERVING, and is
NOT_SERVING again while something is away that it cannot do without.

Written here because the servicer that comes with grpcio starts as SERVING, and leaves every Watch
open when the server stops.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TypeAlias

import grpc
from google.protobuf.message import DecodeError
from grpc_health.v1 import health_pb2

from .context import Context, abort

SERVICE = "grpc.health.v1.Health"
LIVENESS = "liveness"

_Status: TypeAlias = int
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN

_LONGEST = 1024
"""Bytes of a request; all it has is a name."""
_MOST_WATCHES, _MOST_EACH = 10_000, 100
"""Watches at once, in all and on one connection: each costs memory for as long as it is open, and
anybody may ask."""


class Health:
    """The status of each service, and those who watch it."""

    def __init__(self, services: Iterable[str]) -> None:
        self._services = tuple(services)
        self._status: dict[str, _Status] = {name: NOT_SERVING for name in ("", *self._services)}
        self._status[LIVENESS] = SERVING
        self._watchers: dict[str, set[asyncio.Queue[_Status | None]]] = {}
        self._watches: Counter[str] = Counter()
        self._wanted: _Status = NOT_SERVING
        self._away: dict[str, frozenset[str]] = {}
        self._ended = False

    def set(self, status: _Status) -> None:
        """Give the server and all its services a status, but for those that lack something."""
        self._wanted = status
        self._update()

    def lost(self, dependency: str, services: Sequence[str] = ()) -> None:
        """Services (none: the whole server) lack something that they cannot do without."""
        self._away[dependency] = frozenset(services or self._services)
        self._update()

    def found(self, dependency: str) -> None:
        """What services lacked is there again."""
        self._away.pop(dependency, None)
        self._update()

    def end_watches(self) -> None:
        """End every Watch: an open one would hold the shutdown for its whole grace."""
        self._ended = True
        for queues in self._watchers.values():
            for queue in queues:
                queue.put_nowait(None)

    def _update(self) -> None:
        stopped = frozenset[str]().union(*self._away.values())
        # The server as a whole serves as long as one of its services does.
        everything = bool(self._away) and stopped.issuperset(self._services)
        self._tell("", NOT_SERVING if everything else self._wanted)
        for name in self._services:
            self._tell(name, NOT_SERVING if name in stopped else self._wanted)

    def _tell(self, name: str, status: _Status) -> None:
        if self._status[name] != status:
            self._status[name] = status
            for queue in self._watchers.get(name, ()):
                queue.put_nowait(status)

    async def check(
        self,
        request: health_pb2.HealthCheckRequest | None,
        context: Context,
    ) -> health_pb2.HealthCheckResponse:
        """The status of a service now; NOT_FOUND for a name that this server does not have."""
        if request is None:
            await abort(context, grpc.StatusCode.INVALID_ARGUMENT, "the bytes are no request")
        status = self._status.get(request.service)
        if status is None:
            await abort(context, grpc.StatusCode.NOT_FOUND, "there is no such service here")
        return health_pb2.HealthCheckResponse(status=status)

    async def watch(
        self,
        request: health_pb2.HealthCheckRequest | None,
        context: Context,
    ) -> AsyncIterator[health_pb2.HealthCheckResponse]:
        """The status of a service now and whenever it changes."""
        if request is None:
            await abort(context, grpc.StatusCode.INVALID_ARGUMENT, "the bytes are no request")
        peer = context.peer()
        if self._watches[peer] >= _MOST_EACH or self._watches.total() >= _MOST_WATCHES:
            # To clients that balance by health this says that they have to do without; after any
            # other status they would not call at all.
            await abort(context, grpc.StatusCode.UNIMPLEMENTED, "too many watch")
        queue: asyncio.Queue[_Status | None] = asyncio.Queue()
        watchers = self._watchers.setdefault(request.service, set())
        watchers.add(queue)
        self._watches[peer] += 1
        try:
            status: _Status | None = self._status.get(request.service, _UNKNOWN)
            while status is not None:
                yield health_pb2.HealthCheckResponse(status=status)
                status = None if self._ended else await queue.get()
        finally:
            self._watches[peer] -= 1
            if not self._watches[peer]:
                del self._watches[peer]
            watchers.discard(queue)
            if not watchers:
                self._watchers.pop(request.service, None)

    def rpc_handler(self) -> grpc.GenericRpcHandler:
        """What the server registers."""
        reply = health_pb2.HealthCheckResponse.SerializeToString
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "Check": grpc.unary_unary_rpc_method_handler(self.check, _request, reply),
                "Watch": grpc.unary_stream_rpc_method_handler(self.watch, _request, reply),
            },
        )


def _request(raw: bytes) -> health_pb2.HealthCheckRequest | None:
    """The request in the bytes; None where there is none, since an exception's text would get out."""
    try:
        return health_pb2.HealthCheckRequest.FromString(raw) if len(raw) <= _LONGEST else None
    except DecodeError:
        return None
