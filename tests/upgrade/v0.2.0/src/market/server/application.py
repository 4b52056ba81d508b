"""What ``app.py`` hands to the server."""

from collections.abc import Sequence
from dataclasses import dataclass

import grpc

from .dependencies import DependencyCheck

__all__ = ["Application", "DependencyCheck"]


@dataclass(frozen=True, slots=True)
class Application:
    """The parts of a service that its owner chooses."""

    handlers: Sequence[object] = ()
    """Handlers that need arguments; all others are found in ``handlers/``."""
    interceptors: Sequence[grpc.aio.ServerInterceptor] = ()
    """Your own interceptors, outermost first."""
    checks: Sequence[DependencyCheck] = ()
    """What the services cannot do without: while one is away, they are NOT_SERVING."""
