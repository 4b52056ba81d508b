"""The tools that people use on a running service: promtool on its metrics, grpcurl on its reflection."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.harness import ServerUnderAttack, call, running
from tests.attacks.targets import Project
from tests.server.certificate_authority import LOCALHOST, CertificateAuthority
from tests.support.command import Finished, run


@pytest.fixture(scope="module")
def encrypted(
    project: Project, authority: CertificateAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerUnderAttack]:
    """A target over TLS, as people reach it from outside."""
    folder = tmp_path_factory.mktemp("encrypted")
    files = authority.issue("server", LOCALHOST).write(folder, "server")
    with running(project, folder, **files) as started:
        started.authorities = authority.write(folder)
        yield started


def grpcurl(server: ServerUnderAttack, *arguments: str) -> Finished:
    """Return the output of grpcurl, which gets the address of the service and the CA certificate only."""
    tool = shutil.which("grpcurl") or shutil.which("grpcurl", path=Path.home() / "go" / "bin")
    if tool is None:
        pytest.skip("grpcurl is not installed: go install github.com/fullstorydev/grpcurl/cmd/grpcurl@latest")
    *options, last = arguments
    return run(
        [tool, "-cacert", str(server.authorities), *options, f"localhost:{server.port}", *last.split()], Path.cwd()
    )


def test_promtool_accepts_a_scrape(server: ServerUnderAttack) -> None:
    """After calls of all kinds, good and bad, Prometheus's own checker has nothing to remark."""
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    with server.channel() as channel:
        for kind in ("unary", "replies", "requests", "both"):
            call(channel, server.method(kind), server.authorization)
            call(channel, server.method(kind))
    own = [line for line in server.scrape().text.splitlines(keepends=True) if "inside_" not in line]
    done = subprocess.run([tool, "check", "metrics"], input="".join(own), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_grpcurl_lists_the_services(encrypted: ServerUnderAttack) -> None:
    """Over TLS, by reflection."""
    done = grpcurl(encrypted, "list")
    service = encrypted.project.target.unary.path.partition("/")[0]
    assert {service, "grpc.health.v1.Health"} <= set(done.stdout.split()), done.said


def test_grpcurl_describes_a_service(encrypted: ServerUnderAttack) -> None:
    """Every method and message can be looked up."""
    service, _, method = encrypted.project.target.unary.path.partition("/")
    done = grpcurl(encrypted, f"describe {service}")
    assert f"rpc {method} (" in done.stdout, done.said


def test_grpcurl_calls(encrypted: ServerUnderAttack) -> None:
    """JSON in, JSON out; without a token, the status in its words."""
    rpc = encrypted.project.target.unary
    sent = json.dumps(rpc.requests[0])
    done = grpcurl(encrypted, "-d", sent, "-H", f"authorization: {encrypted.authorization}", rpc.path)
    assert done.returncode == 0, done.said
    json.loads(done.stdout)
    refused = grpcurl(encrypted, "-d", sent, rpc.path)
    assert "Code: Unauthenticated" in refused.stderr, refused.said
    assert "Message: exactly one bearer token is required" in refused.stderr


def test_grpcurl_asks_for_health(encrypted: ServerUnderAttack) -> None:
    """Without a token."""
    done = grpcurl(encrypted, "grpc.health.v1.Health/Check")
    assert json.loads(done.stdout) == {"status": "SERVING"}, done.said


def test_grpcurl_leaves_no_trace_in_the_metrics(encrypted: ServerUnderAttack) -> None:
    """It asks for the newer name of reflection first: a service that lacked it would count a fault each time."""
    grpcurl(encrypted, "list")
    assert encrypted.scrape().value("rpc_server_call_duration_seconds_count", rpc_method="_OTHER") == 0
