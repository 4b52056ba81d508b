"""The services that are attacked, one of each kind for all tests of a worker."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.attacks.attack import assert_clean_log
from tests.attacks.harness import ServerUnderAttack, call, running
from tests.attacks.targets import TARGETS, Project, Target, prepare
from tests.server.certificate_authority import LOCALHOST, CertificateAuthority
from tests.support.sharing import locked


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --calls, known where this folder is named on the command line."""
    parser.addoption("--calls", type=int, default=None, help="calls in the long run of a generated server")


@pytest.fixture(scope="session", params=TARGETS, ids=str)
def project(request: pytest.FixtureRequest, shared_folder: Path) -> Project:
    """Each target, generated once in a session."""
    target: Target = request.param
    folder = shared_folder / "attacks" / target.name
    with locked(shared_folder, f"attacks-{target.name}"):
        return Project(target, folder) if folder.exists() else prepare(target, folder)


@pytest.fixture(scope="session")
def server(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderAttack]:
    """A target that takes tokens, in plaintext; what all attacks together left in its log is read at the end."""
    settings = {
        "DEFAULT_TIMEOUT": 2,
        "HANDSHAKE_TIMEOUT": 2,
        "HEALTH_PORT": 0,
        "MAX_CONCURRENT_RPCS": 500,
        "MAX_MESSAGE_BYTES": 256 * 1024,
    }
    with running(project, tmp_path_factory.mktemp("plain"), **settings) as started:
        make_ready(started)
        yield started
    assert_clean_log(started)


@pytest.fixture(scope="session")
def authority() -> CertificateAuthority:
    """Who signs certificates."""
    return CertificateAuthority()


@pytest.fixture(scope="session")
def mutual(
    project: Project, authority: CertificateAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerUnderAttack]:
    """A target that wants a certificate of its callers, over TLS 1.3 only."""
    folder = tmp_path_factory.mktemp("mutual")
    files = authority.issue("server", LOCALHOST).write(folder, "server")
    ca = authority.write(folder)
    settings = {**files, "CA_CERT_FILE": ca, "TLS_MIN_VERSION": "1.3", "HEALTH_PORT": 0}
    with running(project, folder, **settings) as started:
        me = authority.issue("client", LOCALHOST)
        started.credentials = grpc.ssl_channel_credentials(authority.certificate, me.key, me.certificate)
        started.authorities = ca
        make_ready(started)
        yield started
    assert_clean_log(started)


def make_ready(server: ServerUnderAttack) -> None:
    """Make the calls that others build upon."""
    with server.channel() as channel:
        for kind in server.project.target.first:
            assert call(channel, server.method(kind), server.authorization) == ("OK", "")
