"""Every setting of the service, typed, read from the environment.

A setting is named like its variable: ``grpc_port`` is ``GRPC_PORT``. Add your own below the others.
"""

import ipaddress
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(Exception):
    """A setting has a wrong value; the message is one line that names the variable."""


class Settings(BaseSettings):
    """The settings of one process."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    grpc_host: str = "127.0.0.1"
    """The address to listen on; beyond this machine it needs TLS or ALLOW_PLAINTEXT."""
    grpc_port: int = Field(default=50051, ge=0, le=65535)
    """The port for calls; 0 takes any free one, which the log names."""
    allow_plaintext: bool = False
    """Listen beyond this machine without TLS, because a mesh or a proxy encrypts."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    """``json`` for machines, a line per event; ``console`` for people."""
    reflection: bool = True
    """Answer reflection, so that grpcurl and others can list and describe the services."""
    max_message_bytes: int = Field(default=4 * 1024 * 1024, gt=0)
    """The largest message taken or sent; a larger one ends its call with RESOURCE_EXHAUSTED."""
    shutdown_drain: float = Field(default=0.0, ge=0)
    """Seconds between turning NOT_SERVING and refusing calls: load balancers need time to notice."""
    shutdown_grace: float = Field(default=20.0, ge=0)
    """Seconds that calls in flight may take to finish once the service stops."""
    shop_currency: str = "EUR"
    """Mine: what prices are in."""

    @model_validator(mode="after")
    def _plaintext_stays_here(self) -> Self:
        if not self.allow_plaintext and not _is_loopback(self.grpc_host):
            raise ValueError(
                f"GRPC_HOST={self.grpc_host} would serve plaintext beyond this machine: "
                "set ALLOW_PLAINTEXT=true if a mesh or proxy encrypts"
            )
        return self


def load_settings() -> Settings:
    """Read the environment. Raises SettingsError for the first setting that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        problem = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            raise SettingsError(f"{problem}.") from None
        variable = str(first["loc"][0]).upper()
        raise SettingsError(f"{variable}={first['input']}: {problem}.") from None


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.startswith("unix:"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
