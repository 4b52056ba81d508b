"""`make token` prints what a service takes that trusts the issuer of its own tests."""

import os
import shutil
import sys
from pathlib import Path

import grpc

from tests.server.auth_service import AuthProject, Who, call
from tests.server.issuer import bearer
from tests.support.command import run


def test_a_printed_token_gets_in(auth_project: AuthProject, tmp_path: Path) -> None:
    """With the subject, roles and scopes that were asked for."""
    project = Path(shutil.copytree(auth_project.folder, tmp_path / "project"))
    (project / ".venv" / "bin").mkdir(parents=True)
    os.symlink(sys.executable, project / ".venv" / "bin" / "python")
    (project / ".venv" / ".done").touch()
    command = ["make", "token", "SUBJECT=alice", "ROLES=admin", "SCOPES=vault:read vault:export"]
    done = run(command, project, {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == 0, done.said
    assert done.stdout.count("\n") == 1
    key = project / "certs" / "issuer-key.pem"
    assert key.stat().st_mode & 0o077 == 0, "only the user may read the key"
    settings = {
        "AUTH_MODE": "jwt",
        "AUTH_ISSUER": "https://issuer.development",
        "AUTH_AUDIENCE": "vault",
        "AUTH_JWKS_FILE": project / "certs" / "jwks.json",
    }
    with (
        AuthProject(project).running(tmp_path / "log", **settings) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        who = call(channel, "WhoAmI", bearer(done.stdout.strip()))
    assert who == Who("alice", ("admin",), ("vault:export", "vault:read"))
