"""Every setting of the service, typed, read from the environment.

A setting is named like its variable: ``grpc_port`` is ``GRPC_PORT``. Add your own below the others.
"""

import ipaddress
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BeforeValidator,
    Field,
    FilePath,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from .environment import SecretFiles, read
from .keepalive import KEEPALIVE_SECONDS

_Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]

_Seconds = Annotated[float, Field(ge=0, le=1_000_000)]
"""As much as grpc can count in milliseconds."""


def _split(value: object) -> object:
    """Lists stand in the environment with commas between."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


class Settings(BaseSettings):
    """The settings of one process."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    grpc_host: str = "127.0.0.1"
    """The address to listen on; beyond this machine it needs TLS or ALLOW_PLAINTEXT."""
    grpc_port: int = Field(default=50051, ge=0, le=65535)
    """The port for calls; 0 takes any free one, which the log names."""
    allow_plaintext: bool = False
    """Listen beyond this machine without TLS, because a mesh or a proxy encrypts."""
    tls_cert_file: FilePath | None = None
    """The certificate to serve with, and those between it and its root (PEM)."""
    tls_key_file: FilePath | None = None
    """The private key of the certificate (PEM)."""
    ca_cert_file: FilePath | None = None
    """Callers need a certificate of one of these authorities (PEM): mutual TLS."""
    tls_min_version: Literal["1.2", "1.3"] = "1.2"
    """Calls over an older TLS are refused."""
    health_port: int | None = Field(default=None, ge=0, le=65535)
    """A plaintext port for probes, with health and nothing else; 0 takes any free one."""
    health_host: str = ""
    """The address of HEALTH_PORT; where it is not set, GRPC_HOST."""
    auth_mode: Literal["none", "jwt", "api_key", "mtls"] = "none"
    """How callers prove who they are."""
    auth_jwks_url: str | None = None
    """Where the issuer's public keys are fetched from."""
    auth_jwks_file: FilePath | None = None
    """The issuer's public keys in a file, instead of AUTH_JWKS_URL."""
    auth_jwks_refresh: float = Field(default=300.0, gt=0)
    """Seconds after which keys are fetched again."""
    auth_algorithms: Annotated[tuple[_Algorithm, ...], NoDecode, BeforeValidator(_split)] = (
        "RS256",
        "ES256",
    )
    """The only algorithms that tokens may be signed with."""
    auth_issuer: str = ""
    """The issuer that tokens must come from (``iss``)."""
    auth_audience: str = ""
    """The audience that tokens must be for (``aud``): this service."""
    auth_roles_claim: str = "roles"
    """The claim with a caller's roles; ``a.b`` is claim b inside claim a."""
    auth_scopes_claim: str = "scope"
    """The claim with a caller's scopes."""
    api_keys_file: FilePath | None = None
    """The hashes of API keys; see `interceptors.api_keys`."""
    mtls_roles_file: FilePath | None = None
    """The roles of callers with a certificate; see `interceptors.mtls`."""
    metrics: bool = True
    """Count calls, and serve the numbers to Prometheus."""
    metrics_port: int = Field(default=9090, ge=0, le=65535)
    """The port of ``/metrics``, on the address of GRPC_HOST; 0 takes any free one."""
    otel_sdk_disabled: bool = False
    """No traces, whatever else is set. OpenTelemetry itself reads all other OTEL_* variables."""
    otel_traces_exporter: Literal["otlp", "console", "none"] | None = None
    """Where spans go; where it is not set, to the OTLP endpoint if there is one."""
    otel_exporter_otlp_endpoint: str = ""
    otel_exporter_otlp_traces_endpoint: str = ""
    otel_exporter_otlp_protocol: Literal["grpc", "http/protobuf"] = "grpc"
    otel_exporter_otlp_traces_protocol: Literal["grpc", "http/protobuf"] | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    """``json`` for machines, a line per event; ``console`` for people."""
    reflection: bool = True
    """Answer reflection, so that grpcurl and others can list and describe the services."""
    max_message_bytes: int = Field(default=4 * 1024 * 1024, gt=0, lt=2**30)
    """The largest message taken or sent; a larger one ends its call with RESOURCE_EXHAUSTED."""
    max_metadata_bytes: int = Field(default=16 * 1024, ge=1024, lt=2**31)
    """The most metadata that a call may bring, tokens among it."""
    max_connections: int = Field(default=10_000, ge=0, lt=2**31)
    """Connections at once; 0 sets no limit."""
    max_concurrent_streams: int = Field(default=1000, ge=0, lt=2**31)
    """Calls in progress on one connection; a client keeps the others back. 0 sets no limit."""
    max_connection_age: _Seconds = 1800.0
    """Seconds after which a client has to connect anew, and so finds new replicas; 0: never."""
    max_connection_age_grace: _Seconds = 0.0
    """Seconds that calls in progress may stay on such a connection; 0: until they end."""
    max_connection_idle: _Seconds = 0.0
    """Seconds without a call after which a connection is closed, at once and not gently; 0: never."""
    keepalive_seconds: _Seconds = KEEPALIVE_SECONDS
    """Seconds after which a silent connection is asked whether it is still there; 0: never."""
    handshake_timeout: float = Field(default=10.0, gt=0, le=1_000_000)
    """Seconds that a connection may take until it can be used."""
    compression: Literal["none", "gzip", "deflate"] = "none"
    """How replies are packed, for callers that can unpack them."""
    default_timeout: float = Field(default=30.0, ge=0)
    """Seconds that a call may take at most, streams of replies excepted; 0 sets no limit."""
    max_concurrent_rpcs: int = Field(default=1000, ge=0)
    """Calls in progress at once; more are refused. Health checks do not count; 0 sets no limit."""
    rate_limit: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Calls a second from each caller, of methods that declare no rate; 0 sets no limit."""
    rate_limit_burst: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Calls that a caller who was quiet may make at once; 0 takes RATE_LIMIT."""
    rate_limit_redis_url: SecretStr | None = None
    """The Redis in which all processes share what they count for rates; none: each for itself."""
    rate_limit_redis_timeout: float = Field(default=0.05, gt=0, le=1)
    """Seconds that a call waits for that Redis at most; it goes on without it then."""
    rate_limit_redis_failure: Literal["open", "local", "closed"] = "open"
    """While that Redis is away: let calls through, let each process count, or refuse them."""
    workers: int = Field(default=1, ge=1, le=256)
    """Processes that share GRPC_PORT; each has ports of its own for metrics and health."""
    event_loop: Literal["uvloop", "asyncio"] = "uvloop"
    """What runs the service; uvloop needs less CPU per call, where it installs."""
    # These two stay the last ones: settings of your own below them never collide with new ones.
    shutdown_drain: float = Field(default=0.0, ge=0)
    """Seconds between turning NOT_SERVING and refusing calls: load balancers need time to notice."""
    shutdown_grace: float = Field(default=20.0, ge=0)
    """Seconds that calls in flight may take to finish once the service stops."""
    market_currency: str = "EUR"
    """Mine: what prices are in."""
    market_shops: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)] = ("main",)
    """Mine: the shops that calls may come from."""

    @property
    def stays_here(self) -> bool:
        """Whether nobody beyond this machine can call."""
        return _is_loopback(self.grpc_host)

    @property
    def traces_exporter(self) -> Literal["otlp", "console", "none"]:
        """Where spans go, with everything considered."""
        if self.otel_sdk_disabled:
            return "none"
        if self.otel_traces_exporter is not None:
            return self.otel_traces_exporter
        endpoint = self.otel_exporter_otlp_traces_endpoint or self.otel_exporter_otlp_endpoint
        return "otlp" if endpoint else "none"

    @property
    def otlp_protocol(self) -> Literal["grpc", "http/protobuf"]:
        """What the collector speaks."""
        return self.otel_exporter_otlp_traces_protocol or self.otel_exporter_otlp_protocol

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError("TLS_CERT_FILE and TLS_KEY_FILE go together: set both or none")
        if self.tls_cert_file is None:
            if self.ca_cert_file is not None:
                raise ValueError("CA_CERT_FILE needs TLS_CERT_FILE and TLS_KEY_FILE")
            if self.tls_min_version == "1.3":
                raise ValueError("TLS_MIN_VERSION=1.3 needs TLS_CERT_FILE and TLS_KEY_FILE")
        return self

    @model_validator(mode="after")
    def _workers_can_share(self) -> Self:
        if self.workers > 1 and self.grpc_host.startswith("unix:"):
            raise ValueError("WORKERS above 1 cannot share a socket file: set GRPC_HOST or WORKERS")
        for name, base in (("METRICS_PORT", self.metrics_port), ("HEALTH_PORT", self.health_port)):
            if base and base + self.workers > 65536:
                raise ValueError(f"{name}={base} leaves no port for each of {self.workers} WORKERS")
        return self

    @model_validator(mode="after")
    def _plaintext_stays_here(self) -> Self:
        if not (self.tls_cert_file or self.allow_plaintext or self.stays_here):
            raise ValueError(
                f"GRPC_HOST={self.grpc_host} would serve plaintext beyond this machine: set "
                "TLS_CERT_FILE and TLS_KEY_FILE, or ALLOW_PLAINTEXT=true "
                "if a mesh or proxy encrypts"
            )
        return self

    @model_validator(mode="after")
    def _callers_can_be_known(self) -> Self:
        match self.auth_mode:
            case "jwt":
                if not (self.auth_issuer and self.auth_audience):
                    raise ValueError("AUTH_MODE=jwt needs AUTH_ISSUER and AUTH_AUDIENCE")
                if (self.auth_jwks_url is None) == (self.auth_jwks_file is None):
                    raise ValueError("AUTH_MODE=jwt needs one of AUTH_JWKS_URL and AUTH_JWKS_FILE")
            case "api_key" if self.api_keys_file is None:
                raise ValueError("AUTH_MODE=api_key needs API_KEYS_FILE")
            case "mtls" if self.ca_cert_file is None:
                raise ValueError("AUTH_MODE=mtls needs CA_CERT_FILE")
        return self

    @field_validator("rate_limit_burst")
    @classmethod
    def _a_call_fits(cls, value: float) -> float:
        if 0 < value < 1:
            raise ValueError("no call would ever be allowed: set 0, or at least 1")
        return value

    @field_validator("auth_jwks_url")
    @classmethod
    def _keys_cannot_be_exchanged(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Whoever could change the keys on their way could sign tokens."""
        url = urlsplit(value or "https://unset")
        host = url.hostname or ""
        plain = url.scheme == "http" and (info.data.get("allow_plaintext") or _is_loopback(host))
        if not host or (url.scheme != "https" and not plain):
            raise ValueError("it has to be an https address")
        return value

    @field_validator("market_currency")
    @classmethod
    def _currency_has_a_code(cls, value: str) -> str:
        """Mine: as ISO 4217 has it."""
        if len(value) != 3 or not value.isupper():
            raise ValueError("it has to be three capital letters")  # mine
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where values come from: the environment, and files that it names for secrets."""
        return init_settings, SecretFiles(settings_cls), env_settings


def load_settings() -> Settings:
    """Read the environment. Raises SettingsError for the first setting that is wrong."""
    return read(Settings)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.startswith("unix:"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
