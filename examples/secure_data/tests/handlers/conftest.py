"""The service as it runs in production: callers have tokens."""

from pathlib import Path

import grpc
import pytest

from securedata.gen.clients import SecureDataServiceClient
from securedata.gen.service_info import INFO
from securedata.settings import Settings

from .._runtime.dev_token_issuer import ISSUER, Issuer
from .callers import Caller


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    """Whoever signs tokens."""
    return Issuer(tmp_path_factory.mktemp("issuer"), INFO.program)


@pytest.fixture
def settings(settings: Settings, issuer: Issuer) -> Settings:
    """Settings that trust the issuer."""
    return settings.model_copy(
        update={
            "auth_mode": "jwt",
            "auth_issuer": ISSUER,
            "auth_audience": INFO.program,
            "auth_jwks_file": Path(issuer.jwks()),
        }
    )


@pytest.fixture
def client(channel: grpc.aio.Channel) -> SecureDataServiceClient:
    """Somebody without a token."""
    return SecureDataServiceClient(channel)


@pytest.fixture
def alice(client: SecureDataServiceClient, issuer: Issuer) -> Caller:
    """A user."""
    return Caller(client, issuer.token("alice", "user", "data:read data:write"))


@pytest.fixture
def bob(client: SecureDataServiceClient, issuer: Issuer) -> Caller:
    """Another user."""
    return Caller(client, issuer.token("bob", "user", "data:read data:write"))


@pytest.fixture
def admin(client: SecureDataServiceClient, issuer: Issuer) -> Caller:
    """Somebody who may see everything."""
    return Caller(client, issuer.token("root", "admin", "data:read data:write audit:read"))


@pytest.fixture
def auditor(client: SecureDataServiceClient, issuer: Issuer) -> Caller:
    """Somebody who may see who changed what, and nothing else."""
    return Caller(client, issuer.token("carol", "auditor", "audit:read"))
