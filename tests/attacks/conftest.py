"""The services that are attacked, one of each kind for all tests of a worker."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.attacks.siege import clean
from tests.attacks.targets import TARGETS, Project, Target, prepare
from tests.attacks.victim import Victim, call, running
from tests.server.authority import LOCALHOST, Authority
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
def victim(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
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
    clean(started)


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Who signs certificates."""
    return Authority()


@pytest.fixture(scope="session")
def mutual(project: Project, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
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
    clean(started)


def make_ready(victim: Victim) -> None:
    """Make the calls that others build upon."""
    with victim.channel() as channel:
        for kind in victim.project.target.first:
            assert call(channel, victim.method(kind), victim.authorization) == ("OK", "")
