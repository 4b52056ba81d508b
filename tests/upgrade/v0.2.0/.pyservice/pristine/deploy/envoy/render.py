"""Write the configuration of Envoy: envoy.yaml with the settings of this place filled in.

    python deploy/envoy/render.py [FILE]

Whether callers need tokens and from whom, how long calls may take and how large messages may be, is
what the service itself is told (AUTH_*, DEFAULT_TIMEOUT, MAX_MESSAGE_BYTES): run it in the same
environment. What only the gateway needs to know are the GATEWAY_* variables below.
"""

import base64
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Template
from typing import Any, Self
from urllib.parse import urlsplit

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.rpc import error_details_pb2
from pydantic import Field, FilePath, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from market.environment import SettingsError, read
from market.gen.registry import SERVICES
from market.settings import Settings

_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3"
_TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")
"""The authorities that an issuer's address is checked against."""


class Gateway(BaseSettings):
    """What only the gateway needs to know."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    gateway_host: str = "127.0.0.1"
    """The address to listen on; beyond this machine it needs TLS or ALLOW_PLAINTEXT."""
    gateway_port: int = Field(default=8080, gt=0, le=65535)
    """The port for REST, gRPC-Web and gRPC."""
    gateway_admin_port: int = Field(default=9901, gt=0, le=65535)
    """Envoy's own pages and numbers, on this machine."""
    gateway_tls_cert_file: FilePath | None = None
    """The certificate to listen with (PEM)."""
    gateway_tls_key_file: FilePath | None = None
    """Its private key (PEM)."""
    gateway_upstreams: str = ""
    """Instances of the service with commas between, or a name that stands for all of them."""
    gateway_upstream_ca_file: FilePath | None = None
    """The authorities of their certificates (PEM); set, the service is called over TLS."""
    gateway_upstream_cert_file: FilePath | None = None
    """The certificate to call them with, where they ask for one (PEM)."""
    gateway_upstream_key_file: FilePath | None = None
    """Its private key (PEM)."""
    gateway_origins: str = ""
    """Pages that may call from a browser, with commas between: https://app.example."""
    gateway_rate_limit: int = Field(default=10_000, gt=0)
    """Calls a second that are let through."""

    @model_validator(mode="after")
    def _files_go_together(self) -> Self:
        for kind in ("tls", "upstream"):
            names = (f"gateway_{kind}_cert_file", f"gateway_{kind}_key_file")
            if len({getattr(self, name) is None for name in names}) == 2:
                both = " and ".join(name.upper() for name in names)
                raise ValueError(f"{both} go together: set both or none")
        return self


def main() -> int:
    """Print the configuration, or write it to a file; 2 if a setting is wrong."""
    try:
        values = {name: json.dumps(value) for name, value in _values(read(Gateway), read(Settings))}
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    template = Path(__file__).with_name("envoy.yaml").read_text(encoding="utf-8")
    text = Template(template).substitute(values)
    if sys.argv[1:]:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


def _values(gateway: Gateway, settings: Settings) -> Iterator[tuple[str, object]]:
    """What stands in envoy.yaml for each name."""
    _check(gateway, settings)
    upstreams = _listed(gateway.gateway_upstreams) or [f"127.0.0.1:{settings.grpc_port}"]
    longest = settings.default_timeout
    yield "host", gateway.gateway_host
    yield "port", gateway.gateway_port
    yield "admin_port", gateway.gateway_admin_port
    yield "listener_tls", _listener_tls(gateway)
    yield "upstreams", [_endpoint(address) for address in upstreams]
    yield "upstream_tls", _upstream_tls(gateway, upstreams[0])
    yield "timeout", f"{longest + 1:g}s" if longest else "0s"
    yield "max_message_bytes", settings.max_message_bytes
    yield "rate_limit", gateway.gateway_rate_limit
    yield "origins", [{"exact": origin} for origin in _listed(gateway.gateway_origins)]
    yield "descriptors", _descriptors()
    yield from _tokens(settings)


def _check(gateway: Gateway, settings: Settings) -> None:
    if settings.auth_mode == "mtls":
        raise SettingsError(
            "AUTH_MODE=mtls knows callers by their certificates, which end at the gateway: "
            "take jwt or api_key."
        )
    here = gateway.gateway_host in ("127.0.0.1", "::1", "localhost")
    if not (here or gateway.gateway_tls_cert_file or settings.allow_plaintext):
        raise SettingsError(
            f"GATEWAY_HOST={gateway.gateway_host} would serve plaintext beyond this machine: set "
            "GATEWAY_TLS_CERT_FILE and GATEWAY_TLS_KEY_FILE, or ALLOW_PLAINTEXT=true."
        )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _endpoint(address: str, default_port: int = 50051) -> dict[str, Any]:
    """An address as Envoy writes it: ``host:port``, ``[::1]:port`` or ``host``."""
    url = urlsplit(f"//{address}")
    socket = {"address": url.hostname, "port_value": url.port or default_port}
    return {"endpoint": {"address": {"socket_address": socket}}}


# --------------------------------------------------------------------------------------------- TLS


def _listener_tls(gateway: Gateway) -> dict[str, Any] | None:
    if gateway.gateway_tls_cert_file is None:
        return None
    pair = _pair(gateway.gateway_tls_cert_file, gateway.gateway_tls_key_file)
    common = {"tls_certificates": pair, "alpn_protocols": ["h2", "http/1.1"]}
    return _socket("Downstream", {"common_tls_context": common})


def _upstream_tls(gateway: Gateway, address: str) -> dict[str, Any] | None:
    if gateway.gateway_upstream_ca_file is None:
        return None
    pair = _pair(gateway.gateway_upstream_cert_file, gateway.gateway_upstream_key_file)
    return _calling(urlsplit(f"//{address}").hostname or "", gateway.gateway_upstream_ca_file, pair)


def _calling(host: str, authorities: Path, pair: list[Any] | None = None) -> dict[str, Any]:
    """TLS to a host whose certificate has to be for its name, or for its address."""
    is_address = host.replace(".", "").isdigit() or ":" in host
    name = {"san_type": "IP_ADDRESS" if is_address else "DNS", "matcher": {"exact": host}}
    validation = {"trusted_ca": _file(authorities), "match_typed_subject_alt_names": [name]}
    common: dict[str, Any] = {"validation_context": validation}
    if pair is not None:
        # gRPC servers take no connection that does not say that it is HTTP/2.
        common |= {"tls_certificates": pair, "alpn_protocols": ["h2"]}
    return _socket("Upstream", {"sni": "" if is_address else host, "common_tls_context": common})


def _socket(side: str, context: dict[str, Any]) -> dict[str, Any]:
    config = {"@type": f"{_TLS}.{side}TlsContext", **context}
    return {"name": "envoy.transport_sockets.tls", "typed_config": config}


def _pair(certificate: Path | None, key: Path | None) -> list[Any]:
    if certificate is None or key is None:
        return []
    return [{"certificate_chain": _file(certificate), "private_key": _file(key)}]


def _file(path: Path) -> dict[str, str]:
    return {"filename": str(path.resolve())}


# ------------------------------------------------------------------------------------------ tokens


def _tokens(settings: Settings) -> Iterator[tuple[str, object]]:
    """Who has to sign the tokens of callers; without AUTH_MODE=jwt nobody does."""
    keys: dict[str, Any] = {}
    issuer: list[Any] = []
    tls = None
    if settings.auth_mode == "jwt" and settings.auth_jwks_file:
        keys = {"local_jwks": _file(settings.auth_jwks_file)}
    elif settings.auth_mode == "jwt" and settings.auth_jwks_url:
        url = urlsplit(settings.auth_jwks_url)
        secure = url.scheme == "https"
        issuer = [_endpoint(url.netloc.rpartition("@")[2], 443 if secure else 80)]
        tls = _calling(url.hostname or "", _TRUSTED) if secure else None
        fetch = {"uri": settings.auth_jwks_url, "cluster": "issuer", "timeout": "5s"}
        kept = f"{settings.auth_jwks_refresh:g}s"
        keys = {"remote_jwks": {"http_uri": fetch, "cache_duration": kept, "async_fetch": {}}}
    provider = {
        "issuer": settings.auth_issuer,
        "audiences": [settings.auth_audience],
        "require_expiration": True,
        # The service wants to see the token too.
        "forward": True,
        **keys,
    }
    anybody: dict[str, Any] = {"allow_missing_or_failed": {}}
    yield "jwt_providers", {"issuer": provider} if keys else {}
    yield "jwt_requirement", {"provider_name": "issuer"} if keys else anybody
    yield "issuer", issuer
    yield "issuer_tls", tls


# ------------------------------------------------------------------------------------- descriptors


def _descriptors() -> str:
    """The messages and methods for the transcoder, and the details that errors may have."""
    pool = descriptor_pool.Default()
    served = [pool.FindServiceByName(service.name).file for service in SERVICES]
    found = FileDescriptorSet()
    for file in _with_imports([*served, error_details_pb2.DESCRIPTOR], set()):
        file.CopyToProto(found.file.add())
    return base64.b64encode(found.SerializeToString(deterministic=True)).decode()


def _with_imports(files: Iterable[FileDescriptor], seen: set[str]) -> Iterator[FileDescriptor]:
    """Each file once, after what it imports."""
    for file in files:
        if file.name not in seen:
            seen.add(file.name)
            yield from _with_imports(file.dependencies, seen)
            yield file


if __name__ == "__main__":
    sys.exit(main())
