"""Channels: one per target and credentials, shared by all clients, closed by the last one."""

import asyncio
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import grpc

from ..gen.registry import Method
from ..server.watched import Watched
from .breaker import Breaker
from .credentials import Tls
from .metrics import METRICS
from .options import Options
from .retries import service_config


class Line:
    """One channel of grpc's, and how many calls are on it."""

    __slots__ = ("calls", "channel", "left", "starters")

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        self.calls = 0
        self.left = False
        """Whether another has taken its place: it is closed behind its last call."""
        self.starters: dict[str, Callable[..., Any]] = {}

    def starter(self, method: Method) -> Callable[..., Any]:
        """What starts calls of a method; they take and give bytes."""
        start = self.starters.get(method.path)
        if start is None:
            kind = method.kind.name.lower()
            start = self.starters[method.path] = getattr(self.channel, kind)(method.path)
        return start

    def hang_up(self) -> None:
        """A call has ended."""
        self.calls -= 1
        if self.left and not self.calls:
            self.leave()

    def leave(self) -> None:
        """Close it, now or behind its last call."""
        self.left = True
        if not self.calls:
            _in_background(self.channel.close())


class Shared:
    """What the clients of one target have in common: the channel, and its methods' circuits."""

    def __init__(self, target: str, options: Options, channel: grpc.aio.Channel | None) -> None:
        self.target = target
        self.users = 0
        self._options = options
        self._breakers: dict[str, Breaker] = {}
        self._line = Line(channel) if channel is not None else None
        self._watched: Watched[grpc.ChannelCredentials] | None = None
        self._credentials: grpc.ChannelCredentials | None = None
        self._server_name: str | None = None

    @classmethod
    def opened(cls, target: str, tls: Tls | None, options: Options) -> "Shared":
        """A channel of our own. Raises OSError or ValueError for certificates that are no good."""
        shared = cls(target, options, None)
        if tls is not None:
            shared._watched = tls.watched()
            shared._server_name = tls.server_name
        shared.line()
        return shared

    def line(self) -> Line:
        """The channel for the next call: another one after certificates have changed."""
        if self._watched is not None:
            credentials = self._watched.latest()
            if credentials is not self._credentials:
                self._credentials = credentials
                self._replace()
        if self._line is None:
            self._replace()
        assert self._line is not None
        return self._line

    def breaker(self, rpc: str) -> Breaker | None:
        """The circuit of a method; None where there is none."""
        if self._options.breaker is None:
            return None
        found = self._breakers.get(rpc)
        if found is None:
            policy = self._options.breaker
            listeners = (METRICS.changed, *self._options.listeners)
            found = self._breakers[rpc] = Breaker(self.target, rpc, policy, listeners)
        return found

    async def close(self) -> None:
        """Close the channel; calls on it end with Cancelled."""
        if self._line is not None:
            await self._line.channel.close()

    def _replace(self) -> None:
        before = self._line
        options = channel_options(self._options, self._server_name)
        if self._credentials is None:
            channel = grpc.aio.insecure_channel(self.target, options)
        else:
            channel = grpc.aio.secure_channel(self.target, self._credentials, options)
        self._line = Line(channel)
        if before is not None:
            before.leave()


class _Key(NamedTuple):
    target: str
    tls: Tls | None
    options: Options


class Channels:
    """The open channels of one loop."""

    def __init__(self) -> None:
        self._open: dict[_Key, Shared] = {}

    def take(self, target: str, tls: Tls | None, options: Options) -> Shared:
        """The channel to a target, counted once more; `give_back` it."""
        key = _Key(target, tls, options)
        shared = self._open.get(key)
        if shared is None:
            shared = self._open[key] = Shared.opened(target, tls, options)
        shared.users += 1
        return shared

    async def give_back(self, shared: Shared) -> None:
        """Close a channel whose last user it was."""
        shared.users -= 1
        if not shared.users:
            self._open = {key: value for key, value in self._open.items() if value is not shared}
            await shared.close()

    def __len__(self) -> int:
        return len(self._open)


_CHANNELS: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Channels]"
_CHANNELS = weakref.WeakKeyDictionary()
"""Sharing has to know every client of a process, and a channel belongs to its loop: the one thing
here that is global."""


def channels() -> Channels:
    """The channels of the running loop."""
    loop = asyncio.get_running_loop()
    found = _CHANNELS.get(loop)
    if found is None:
        found = _CHANNELS[loop] = Channels()
    return found


def channel_options(options: Options, server_name: str | None) -> list[tuple[str, Any]]:
    """The arguments of grpc's channels."""
    chosen: list[tuple[str, Any]] = [
        ("grpc.service_config", service_config(options)),
        ("grpc.keepalive_time_ms", int(options.keepalive * 1000)),
        ("grpc.keepalive_timeout_ms", int(options.keepalive_timeout * 1000)),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", int(options.reconnect * 1000)),
        ("grpc.dns_min_time_between_resolutions_ms", int(options.reconnect * 1000)),
        ("grpc.max_receive_message_length", options.max_message_bytes),
        ("grpc.max_send_message_length", options.max_message_bytes),
        ("grpc.primary_user_agent", "market-client"),
    ]
    if options.compression is not None:
        chosen.append(("grpc.default_compression_algorithm", int(options.compression)))
    if server_name is not None:
        chosen.append(("grpc.ssl_target_name_override", server_name))
    return chosen


_CLOSING: set[asyncio.Future[Any]] = set()
"""Tasks that nobody waits for are kept here: loops hold only weak references to them."""


def _in_background(work: Any) -> None:
    task = asyncio.ensure_future(work)
    _CLOSING.add(task)
    task.add_done_callback(_CLOSING.discard)
