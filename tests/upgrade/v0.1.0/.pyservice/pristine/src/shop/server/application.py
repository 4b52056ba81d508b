"""What ``app.py`` hands to the server."""

from collections.abc import Sequence
from dataclasses import dataclass

import grpc


@dataclass(frozen=True, slots=True)
class Application:
    """The parts of a service that its owner chooses."""

    handlers: Sequence[object] = ()
    """Handlers that need arguments; all others are found in ``handlers/``."""
    interceptors: Sequence[grpc.aio.ServerInterceptor] = ()
    """Your own interceptors, outermost first."""
