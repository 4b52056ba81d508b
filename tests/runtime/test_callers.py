"""Callers with API keys or certificates, and what roles and scopes let them do."""

import hashlib
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509

from pyservice_runtime.core.call import principal
from pyservice_runtime.core.context import Context
from pyservice_runtime.core.registry import Kind
from pyservice_runtime.interceptors import Hooks, mtls
from pyservice_runtime.interceptors.api_keys import ApiKeys
from pyservice_runtime.interceptors.authorization import Authorization
from pyservice_runtime.jwt.tokens import Tokens
from pyservice_runtime.settings.environment import SettingsError
from pyservice_runtime.settings.service_settings import ServiceSettings
from pyservice_runtime.testing.service import FakeClock

from .certificates import CertificateAuthority
from .probe_service import (
    Behavior,
    ProbeService,
    connected,
    method,
    probe_service,
    settings_for_tests,
    text,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

OK = grpc.StatusCode.OK
UNKNOWN = grpc.StatusCode.UNAUTHENTICATED
DENIED = grpc.StatusCode.PERMISSION_DENIED
AWAY = grpc.StatusCode.UNAVAILABLE

OPEN = method("Open", public=True)
WHO = method("Who")
ADMIN = method("Admin", roles=("admin", "root"))
READ = method("Read", scopes=("read", "list"))
WATCH = method("Watch", Kind.UNARY_STREAM)
METHODS = OPEN, WHO, ADMIN, READ, WATCH


async def who(_: Context) -> str:
    """Who is calling, for the handler."""
    return principal().subject


BEHAVIORS: dict[str, Behavior] = {"who": who}


# --------------------------------------------------------------------------------------- API keys


def line(name: str, *grants: str) -> str:
    """A line of the file."""
    return f"{name} {hashlib.sha256(name.encode()).hexdigest()} {' '.join(grants)}\n"


async def test_api_keys(tmp_path: Path, clock: FakeClock) -> None:
    """One key says who calls; the file may change, and while it says nothing nothing changes."""
    file = tmp_path / "keys"
    file.write_text(f"# people\n{line('alice', '-', 'read,list')}")
    settings = settings_for_tests(auth_mode="api_key", api_keys_file=file)
    async with probe_service(settings, *METHODS, behaviors=BEHAVIORS) as probe_server:

        async def code(rpc: Any, *keys: str) -> grpc.StatusCode | None:
            return (await probe_server.call(rpc, metadata=[("x-api-key", key) for key in keys])).code

        assert await code(WHO) is await code(WHO, "alice", "alice") is UNKNOWN
        assert await code(WHO, "bob") is UNKNOWN
        assert await code(READ, "alice") is await code(OPEN, "bob") is OK
        assert await code(ADMIN, "alice") is DENIED
        for content in (f"{line('bob', 'admin')}{line('alice')}", "half a li", None):
            file.write_text(content) if content else file.unlink()
            clock.advance(2)
            assert await code(ADMIN, "bob") is OK
            assert await code(READ, "alice") is DENIED


BROKEN_KEYS = {
    "alice": "line 1: the second word is not a SHA-256 in hex",
    "\na b c d e": "line 2 has more than 4 words",
    line("alice") * 2: "line 2 repeats the key of an earlier line",
}


@pytest.mark.parametrize("content", BROKEN_KEYS, ids=BROKEN_KEYS.values())
async def test_a_broken_file_of_keys_stops_the_start(tmp_path: Path, content: str) -> None:
    """One sentence names the line, and never quotes it."""
    (tmp_path / "keys").write_text(content)
    with pytest.raises(SettingsError, match=BROKEN_KEYS[content]):
        ApiKeys(settings_for_tests(auth_mode="api_key", api_keys_file=tmp_path / "keys"))


@pytest.mark.parametrize(("kind", "mode"), [(ApiKeys, "api_key"), (Tokens, "jwt")])
async def test_what_a_mode_needs(kind: Any, mode: str) -> None:
    """ServiceSettings that were put together otherwise are looked at as well."""
    with pytest.raises(SettingsError, match=f"AUTH_MODE={mode} needs"):
        kind(settings_for_tests().model_copy(update={"auth_mode": mode}))


# ----------------------------------------------------------------------------------- certificates


async def test_certificates(tmp_path: Path) -> None:
    """Callers are who their certificate says, by its alternative names; the common name is none."""
    authority = CertificateAuthority()
    roles = tmp_path / "roles"
    roles.write_text("spiffe://cluster/admin root\n")
    named = x509.UniformResourceIdentifier("spiffe://cluster/admin")
    settings = settings_for_tests(
        **authority.server(tmp_path),
        ca_cert_file=authority.write(tmp_path),
        tls_min_version="1.3",
        auth_mode="mtls",
        mtls_roles_file=roles,
        health_port=0,
    )
    admin = authority.trusted(*authority.issue(tmp_path, "admin", named))
    nameless = authority.trusted(*authority.issue(tmp_path, "root"))
    stranger = CertificateAuthority()
    foreign = authority.trusted(*stranger.issue(tmp_path, "stranger", named))
    async with probe_service(settings, *METHODS, behaviors=BEHAVIORS, credentials=admin) as probe_server:
        assert (await probe_server.call(ADMIN, "who")).responses == (text("spiffe://cluster/admin"),)
        for others, code in ((nameless, UNKNOWN), (foreign, AWAY), (authority.trusted(), AWAY)):
            async with connected(probe_server.target, others) as channel:
                end = await ProbeService(probe_server.running, channel).call(WHO)
                assert end.code is code, end.details
    with pytest.raises(ValueError, match="line 2 repeats the name of an earlier line"):
        mtls.parse("a root\na reader\n")


async def test_old_tls_is_refused() -> None:
    """Where TLS_MIN_VERSION is 1.3, calls over anything else end."""
    async with probe_service(settings_for_tests().model_copy(update={"tls_min_version": "1.3"}), WHO) as probe_server:
        end = await probe_server.call(WHO)
        assert (end.code, end.details) == (DENIED, "TLS 1.3 is required")


async def test_roles_without_callers_have_to_be_meant(caplog: pytest.LogCaptureFixture) -> None:
    """Roles without AUTH_MODE are logged, and refused unless the server listens on loopback only."""
    beyond_on_purpose = ServiceSettings.model_construct({"grpc_host", "auth_mode"}, grpc_host="192.0.2.1")
    for settings in (settings_for_tests(auth_mode="none"), settings_for_tests(), beyond_on_purpose):
        caplog.clear()
        assert Authorization(settings).hooks(ADMIN) == Hooks()
        assert "method requires roles or scopes but AUTH_MODE=none: all callers are allowed" in caplog.text
    beyond = ServiceSettings.model_construct({"grpc_host"}, grpc_host="192.0.2.1")
    with pytest.raises(SettingsError, match="requires roles or scopes"):
        Authorization(beyond).hooks(ADMIN)
