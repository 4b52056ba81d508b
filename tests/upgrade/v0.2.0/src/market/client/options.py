"""What can be chosen about a client; the defaults are meant for production."""

from dataclasses import dataclass
from typing import Literal

import grpc

from ..keepalive import KEEPALIVE_SECONDS, KEEPALIVE_TIMEOUT
from .breaker import BreakerPolicy, Listener


@dataclass(frozen=True, slots=True)
class Options:
    """The choices of one client. Clients of one target that choose alike share a channel."""

    timeout: float | None = 30.0
    """Seconds for calls whose method declares none, streams of replies excepted; None: no limit."""
    margin: float = 0.05
    """Seconds kept back from the deadline of the server call in progress, to still answer it."""
    balancing: Literal["round_robin", "pick_first"] = "round_robin"
    """How calls are spread over the addresses of a target."""
    eject: bool = True
    """Leave out, for a while, an address where nearly every call fails while others answer."""
    watch_health: bool = False
    """Ask each address for its health, and leave out those that say NOT_SERVING. Only for targets
    that name every replica by itself: behind a single address one of them speaks for all."""
    attempts: int = 3
    """How often an idempotent method is tried that does not declare it; 1: none is tried again,
    because a proxy on the way does so: the attempts of both would multiply."""
    keepalive: float = KEEPALIVE_SECONDS
    """Seconds after which a quiet connection with calls on it is asked whether it is alive. Servers
    hang up on whom asks more often than they permit."""
    keepalive_timeout: float = KEEPALIVE_TIMEOUT
    """Seconds that the answer may take before the connection counts as broken."""
    reconnect: float = 5.0  # mine: tills are impatient
    """Seconds between attempts to connect, at most."""
    compression: grpc.Compression | None = None
    """How requests are compressed; each call can choose another."""
    max_message_bytes: int = 4 * 1024 * 1024
    """The largest message taken or sent."""
    breaker: BreakerPolicy | None = BreakerPolicy()
    """When calls of a method that keeps failing are no longer made; None: they always are."""
    listeners: tuple[Listener, ...] = ()
    """Called with each change of a circuit."""
    plaintext: bool = False
    """Send credentials unencrypted beyond this machine, because a mesh encrypts."""

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot be."""
        if not 1 <= self.attempts <= 5:
            raise ValueError(f"Options(attempts={self.attempts}): gRPC makes 1 to 5.")
        if self.watch_health and self.balancing == "pick_first":
            raise ValueError("Options(watch_health=True): gRPC does so with round_robin only.")
        for name in ("keepalive", "keepalive_timeout", "reconnect", "max_message_bytes"):
            if getattr(self, name) <= 0:
                raise ValueError(f"Options({name}={getattr(self, name)}): it has to be above 0.")
