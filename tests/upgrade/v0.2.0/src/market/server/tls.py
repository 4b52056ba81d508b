"""TLS, and mutual TLS where CA_CERT_FILE is set.

Certificates are read again when their files change, so that renewing them needs no restart:
connections made from then on get the new ones, and no call is dropped.
"""

import ssl
import threading
from pathlib import Path
from typing import Any, NamedTuple

import grpc

from ..environment import SettingsError
from ..settings import Settings
from .watched import Watched


class Files(NamedTuple):
    """Certificate chain, its private key, and the authorities that vouch for callers (PEM)."""

    certificate: Path
    key: Path
    authorities: Path | None

    def read(self) -> grpc.ServerCertificateConfiguration:
        """What grpc serves with. Raises OSError or ValueError if the files do not fit together."""
        self._check()
        return grpc.ssl_server_certificate_configuration(
            [(self.key.read_bytes(), self.certificate.read_bytes())],
            self.authorities.read_bytes() if self.authorities else None,
        )

    def _check(self) -> None:
        """Find out here what is wrong: grpc would only fail every handshake."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            # With a password given, an encrypted key is an error instead of a question.
            context.load_cert_chain(self.certificate, self.key, password="")
            if self.authorities:
                context.load_verify_locations(self.authorities)
        except ssl.SSLError as error:
            reason = (error.reason or "no PEM").replace("_", " ").lower()
            raise ValueError(f"certificate, key or authorities: {reason}") from None


def server_credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """What the port is opened with; None without TLS. Raises SettingsError if a file is no good."""
    if settings.tls_cert_file is None or settings.tls_key_file is None:
        return None
    files = Files(settings.tls_cert_file, settings.tls_key_file, settings.ca_cert_file)
    try:
        watched = Watched([path for path in files if path], files.read)
    except (OSError, ValueError) as error:
        named = ", ".join(str(path) for path in files if path)
        variables = "TLS_CERT_FILE, TLS_KEY_FILE, CA_CERT_FILE"
        raise SettingsError(f"{variables} ({named}): {error}.") from None
    return grpc.dynamic_ssl_server_credentials(
        watched.latest(),
        _Changes(watched),
        require_client_authentication=settings.ca_cert_file is not None,
    )


def expiration(certificate: Path) -> float:
    """When the first of the certificates in a file ends, as a timestamp. Raises OSError or ValueError."""
    from cryptography import x509

    found = x509.load_pem_x509_certificates(certificate.read_bytes())
    return min(each.not_valid_after_utc.timestamp() for each in found)


class _Changes:
    """What grpc asks ahead of each handshake, on threads of its own."""

    def __init__(self, watched: Watched[grpc.ServerCertificateConfiguration]) -> None:
        self._watched = watched
        self._served = watched.latest()
        self._lock = threading.Lock()

    def __call__(self) -> Any:
        """The new certificates, or None while there are none, which grpc's type stubs do not know."""
        with self._lock:
            latest = self._watched.latest()
            if latest is self._served:
                return None
            self._served = latest
            return latest
