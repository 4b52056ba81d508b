"""Who a client is and whom it trusts: TLS, tokens, API keys."""

import inspect
import ipaddress
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import grpc

from ..server.watched import Watched
from .onward import Pairs, sendable

Secret: TypeAlias = str | Callable[[], str | Awaitable[str]]
"""A secret, or a function that has the current one; it may be ``async``. Called for every call."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Encrypt, and check that the server is who it says it is.

    ``Tls()`` trusts the public authorities. With a certificate and a key the client proves who it
    is: mutual TLS. Files are PEM, and read again when they change.
    """

    ca_file: str | Path | None = None
    """The authorities to trust instead of the public ones."""
    certificate_file: str | Path | None = None
    key_file: str | Path | None = None
    server_name: str | None = None
    """The name that the server's certificate has to be for, where it is not the target's."""

    def __post_init__(self) -> None:
        """Raises ValueError for half a certificate."""
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("Tls: certificate_file and key_file go together: give both or none.")

    def watched(self) -> Watched[grpc.ChannelCredentials]:
        """The files, looked at once a second at most. Raises OSError or ValueError."""
        return Watched([Path(name) for name in self._files if name], self._read, pause=1.0)

    @property
    def _files(self) -> tuple[str | Path | None, ...]:
        return self.ca_file, self.certificate_file, self.key_file

    def _read(self) -> grpc.ChannelCredentials:
        self._check()
        ca, certificate, key = (name and Path(name).read_bytes() or None for name in self._files)
        return grpc.ssl_channel_credentials(ca, key, certificate)

    def _check(self) -> None:
        """Find out here what is wrong: grpc would only fail every handshake."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            if self.ca_file:
                context.load_verify_locations(self.ca_file)
            if self.certificate_file:
                # With a password given, an encrypted key is an error instead of a question.
                context.load_cert_chain(self.certificate_file, self.key_file, password="")
        except ssl.SSLError as error:
            reason = (error.reason or "no PEM").replace("_", " ").lower()
            named = ", ".join(str(name) for name in self._files if name)
            raise ValueError(f"Tls ({named}): {reason}.") from None


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token: ``Token("ey...")``, ``Token(fetch)``, ``Token.file("/var/run/token")``."""

    secret: Secret

    def __post_init__(self) -> None:
        """Raises TypeError or ValueError for what cannot be sent."""
        _check_secret(self.secret, "Token")

    @classmethod
    def file(cls, path: str | Path) -> "Token":
        """A token in a file that others renew, as Kubernetes does. Raises OSError."""
        return cls(_watched(Path(path)))

    @property
    def pair(self) -> tuple[str, str]:
        """The metadata key, and what stands ahead of the secret."""
        return "authorization", "Bearer "


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key: ``ApiKey("k-...")``, ``ApiKey.file("/var/run/key")``."""

    secret: Secret

    def __post_init__(self) -> None:
        """Raises TypeError or ValueError for what cannot be sent."""
        _check_secret(self.secret, "ApiKey")

    @classmethod
    def file(cls, path: str | Path) -> "ApiKey":
        """A key in a file. Raises OSError."""
        return cls(_watched(Path(path)))

    @property
    def pair(self) -> tuple[str, str]:
        """The metadata key, and what stands ahead of the secret."""
        return "x-api-key", ""


Auth: TypeAlias = Token | ApiKey


def granted(auth: Auth) -> Callable[[], Pairs | Awaitable[Pairs]]:
    """What gives the metadata that proves who is calling, for each call."""
    key, prefix = auth.pair
    secret, name = auth.secret, type(auth).__name__
    if isinstance(secret, str):
        fixed = ((key, prefix + secret),)
        return lambda: fixed

    def fresh() -> Pairs | Awaitable[Pairs]:
        value = secret()
        return later(value) if inspect.isawaitable(value) else pairs(value)

    async def later(value: Awaitable[str]) -> Pairs:
        return pairs(await value)

    def pairs(value: object) -> Pairs:
        return ((key, prefix + sendable(value, name)),)

    return fresh


def stays_here(target: str) -> bool:
    """Whether nobody beyond this machine is called."""
    if target.startswith(("unix:", "unix-abstract:")):
        return True
    scheme, _, rest = target.partition(":")
    addresses = rest if scheme in ("dns", "ipv4", "ipv6") else target
    return all(_is_loopback(part.rpartition("/")[2]) for part in addresses.split(","))


def _is_loopback(address: str) -> bool:
    host = address.rpartition(":")[0] if ":" in address else address
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _check_secret(secret: Secret, name: str) -> None:
    if not callable(secret):
        sendable(secret, name)


def _watched(path: Path) -> Callable[[], str]:
    return Watched([path], lambda: path.read_text(encoding="utf-8").strip(), pause=1.0).latest
