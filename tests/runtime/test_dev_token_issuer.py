"""Tokens for tests and for development."""

import os
import subprocess
import sys
from pathlib import Path

import grpc

import pyservice_runtime
from pyservice_runtime.settings import ServiceSettings
from pyservice_runtime.testing import dev_token_issuer
from pyservice_runtime.testing.dev_token_issuer import Issuer

from .probe_service import method, probe_service, settings_for_tests, text

ADMIN = method("Admin", roles=("admin",), scopes=("read",))


def settings(issuer: Issuer) -> ServiceSettings:
    """Of a service that trusts the issuer."""
    return settings_for_tests(**{name.lower(): value for name, value in issuer.settings.items()})


async def test_its_tokens_are_good(tmp_path: Path) -> None:
    """For one audience, as long as they say, with their roles and scopes."""
    issuer = Issuer(tmp_path / "certs", "probe")
    async with probe_service(settings(issuer), ADMIN) as probe_server:
        for token, code in (
            (issuer.token("ann", "admin", "read"), grpc.StatusCode.OK),
            (issuer.token("ann", "admin"), grpc.StatusCode.PERMISSION_DENIED),
            (issuer.token("ann", "admin", "read", seconds=-60), grpc.StatusCode.UNAUTHENTICATED),
            (Issuer(tmp_path / "certs", "other").token("ann", "admin", "read"), grpc.StatusCode.UNAUTHENTICATED),
        ):
            end = await probe_server.call(ADMIN, metadata=[("authorization", f"Bearer {token}")])
            assert end.code is code, end.details


async def test_a_token_from_the_command_line(tmp_path: Path) -> None:
    """Only the token is printed, the service finds the public key, and only the user may read the private one."""
    folder = tmp_path / "certs"
    arguments = ["--audience", "probe", "--folder", str(folder), "--roles", "admin", "--scopes", "read"]
    env = {**os.environ, "PYTHONPATH": str(Path(pyservice_runtime.__path__[0]).parent)}
    command = [sys.executable, "-m", dev_token_issuer.__name__, *arguments]
    token = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.strip()
    async with probe_service(settings(Issuer(folder, "probe")), ADMIN) as probe_server:
        end = await probe_server.call(ADMIN, metadata=[("authorization", f"Bearer {token}")])
    assert end.responses == (text("any"),)
    assert (folder / "issuer-key.pem").stat().st_mode & 0o077 == 0
