"""What every client can do; the methods of each are in ``gen/clients.py``."""

from types import TracebackType
from typing import Any, ClassVar, Self, TypeAlias

import grpc

from ..gen.registry import SERVICES
from .calls import Choices, Rpc
from .channels import Shared, channels
from .credentials import Auth, Tls, stays_here
from .onward import Metadata
from .options import Options
from .streams import Conversation, Replies, Requests, collect

__all__ = [
    "BaseClient",
    "Choices",
    "Compression",
    "Conversation",
    "Metadata",
    "Replies",
    "Requests",
    "Target",
    "collect",
]

Target: TypeAlias = str | grpc.aio.Channel
"""Who is called: an address, or a channel that others close."""

Compression: TypeAlias = grpc.Compression


class BaseClient:
    """A client of one service::

        async with OrderBookClient("dns:///orders:50051", tls=Tls(), auth=Token(fetch)) as orders:
            reply = await orders.place_order(request)

    ``target`` is an address (``host:port``, ``dns:///host:port``, ``ipv4:10.0.0.1:80,10.0.0.2:80``,
    ``unix:path``), or a channel that others close. It is called from the loop that it was first
    used in. A failed call raises what the service raised: a
    class of ``errors``.
    """

    _service: ClassVar[str]
    """The full name of the service."""

    def __init__(
        self,
        target: Target,
        *,
        tls: Tls | None = None,
        auth: Auth | None = None,
        options: Options | None = None,
    ) -> None:
        """Raises TypeError for what are no credentials, ValueError if they would travel in the open."""
        if not (auth is None or isinstance(auth, Auth)):
            given = type(auth).__name__
            raise TypeError(f"auth is Token(...) or ApiKey(...), not {given}.")
        self._target = target
        self._tls = tls
        self._auth = auth
        self._options = options or Options()
        self._shared: Shared | None = None
        self._rpcs: dict[str, Rpc] = _Rpcs(self)
        if isinstance(target, str) and auth is not None and tls is None:
            _check_stays_here(target, auth, self._options)

    async def __aenter__(self) -> Self:
        self._open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the channel back; the last of its clients closes it. Closing twice does nothing."""
        shared, self._shared = self._shared, None
        self._rpcs = _Closed()
        if shared is not None and isinstance(self._target, str):
            await channels().give_back(shared)

    def _open(self) -> Shared:
        if self._shared is None:
            if isinstance(self._target, str):
                self._shared = channels().take(self._target, self._tls, self._options)
            else:
                self._shared = Shared("", self._options, self._target)
        return self._shared

    def _rpc(self, attribute: str) -> Rpc:
        (service,) = (service for service in SERVICES if service.name == self._service)
        (method,) = (m for m in service.methods if m.attribute == attribute)
        return Rpc(method, self._open(), self._options, self._auth)


class _Rpcs(dict[str, Rpc]):
    """The methods of a client by their attributes, each put together when it is first called."""

    def __init__(self, client: BaseClient) -> None:
        super().__init__()
        self._client = client

    def __missing__(self, attribute: str) -> Rpc:
        rpc = self[attribute] = self._client._rpc(attribute)
        return rpc


class _Closed(dict[str, Rpc]):
    """The methods of a client that was closed."""

    def __missing__(self, attribute: str) -> Rpc:
        raise RuntimeError(f"{attribute}: the client is closed; open another one.")


def _check_stays_here(target: str, auth: Any, options: Options) -> None:
    if not options.plaintext and not stays_here(target):
        raise ValueError(
            f"{type(auth).__name__} would travel unencrypted to {target}: give tls=Tls(), "
            "or options=Options(plaintext=True) if a mesh encrypts."
        )
