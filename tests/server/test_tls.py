"""TLS and mutual TLS: who gets a connection, and which certificate they are shown."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from grpc_health.v1 import health_pb2

from tests.server.auth_service import NOBODY, AuthProject, Refusal, Server, Who, call, code
from tests.server.certificate_authority import LOCALHOST, CertificateAuthority, Identity, spiffe
from tests.server.tls_proxy import connect, tls_proxy
from tests.support.command import run
from tests.support.server import health

UNAVAILABLE, DENIED = grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.PERMISSION_DENIED


@pytest.fixture(scope="module")
def authority() -> CertificateAuthority:
    """The authority that both sides trust."""
    return CertificateAuthority()


@pytest.fixture(scope="module")
def mutual(
    auth_project: AuthProject, authority: CertificateAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Path]]:
    """A service that knows its callers by their certificates, and its file of roles."""
    folder = tmp_path_factory.mktemp("mtls")
    roles = folder / "roles"
    roles.write_text("spiffe://vault/alice admin vault:read\nreports.example auditor\nroot admin\n")
    settings = {
        **authority.issue("vault", LOCALHOST).write(folder, "server"),
        "CA_CERT_FILE": authority.write(folder),
        "AUTH_MODE": "mtls",
        "MTLS_ROLES_FILE": roles,
        "HEALTH_PORT": 0,
    }
    with auth_project.running(folder / "log", **settings) as server:
        yield server, roles
        assert "PRIVATE" not in server.said()


def secure(server: Server, authority: CertificateAuthority, identity: Identity | None = None) -> grpc.Channel:
    """A channel over TLS, with a certificate or without."""
    given = (identity.key, identity.certificate) if identity else (None, None)
    # Channels with the same credentials share connections unless this option is set.
    options = [("grpc.use_local_subchannel_pool", 1)]
    return grpc.secure_channel(server.address, grpc.ssl_channel_credentials(authority.certificate, *given), options)


@pytest.mark.parametrize(
    ("common_name", "names", "rpc", "ended"),
    [
        ("x", [spiffe("vault/alice")], "WhoAmI", Who("spiffe://vault/alice", ("admin",), ("vault:read",))),
        ("x", [spiffe("vault/alice")], "Open", Who("spiffe://vault/alice", ("admin",), ("vault:read",))),
        ("x", [x509.DNSName("reports.example")], "Open", Who("reports.example", ("auditor",))),
        (
            "x",
            [x509.DNSName("a.example"), x509.DNSName("reports.example")],
            "Open",
            Who("reports.example", ("auditor",)),
        ),
        ("x", [x509.DNSName("reports.example"), spiffe("vault/bob")], "WhoAmI", Who("spiffe://vault/bob")),
        ("x", [spiffe("vault/bob")], "WhoAmI", Who("spiffe://vault/bob")),
        ("x", [spiffe("vault/bob")], "Open", Refusal(DENIED, "requires the role admin or auditor")),
        ("root", [spiffe("vault/bob")], "Open", Refusal(DENIED, "requires the role admin or auditor")),
        ("root", [], "Peek", NOBODY),
    ],
    ids=["spiffe", "its role", "dns", "two names", "spiffe first", "no role", "role needed", "common name", "public"],
)
def test_callers_are_who_their_certificate_says(
    mutual: tuple[Server, Path],
    authority: CertificateAuthority,
    common_name: str,
    names: list[x509.GeneralName],
    rpc: str,
    ended: "Who | Refusal",
) -> None:
    """The SPIFFE id or an alternative name counts, and the common name never does."""
    with secure(mutual[0], authority, authority.issue(common_name, *names)) as channel:
        assert call(channel, rpc) == ended


def test_a_common_name_is_no_identity(mutual: tuple[Server, Path], authority: CertificateAuthority) -> None:
    """A certificate that has nothing else proves nothing, though the authority has signed it."""
    with secure(mutual[0], authority, authority.issue("root")) as channel:
        ended = call(channel, "WhoAmI")
    assert ended == Refusal(grpc.StatusCode.UNAUTHENTICATED, "the certificate has no subject alternative name")


def test_callers_without_a_valid_certificate_are_refused(
    mutual: tuple[Server, Path], authority: CertificateAuthority
) -> None:
    """No certificate and one of another authority end in the handshake, and plaintext does too."""
    server, _ = mutual
    stranger = CertificateAuthority().issue("alice", spiffe("vault/alice"))
    channels = [secure(server, authority), secure(server, authority, stranger), grpc.insecure_channel(server.address)]
    for channel in channels:
        with channel:
            assert code(call(channel, "Peek")) is UNAVAILABLE
    with secure(server, authority, authority.issue("x", spiffe("vault/alice"))) as channel:
        assert code(call(channel, "Open")) is grpc.StatusCode.OK


def test_roles_are_read_again(mutual: tuple[Server, Path], authority: CertificateAuthority) -> None:
    """The file of roles may change while the service runs."""
    server, roles = mutual
    with secure(server, authority, authority.issue("x", spiffe("vault/carol"))) as channel:
        assert code(call(channel, "Open")) is DENIED
        roles.write_text(roles.read_text() + "spiffe://vault/carol admin\n")
        time.sleep(1.2)
        assert call(channel, "Open") == Who("spiffe://vault/carol", ("admin",))


def test_probes_need_no_certificate(mutual: tuple[Server, Path]) -> None:
    """HEALTH_PORT answers health in plaintext, and nothing else."""
    server, _ = mutual
    with grpc.insecure_channel(f"127.0.0.1:{server.ports['health']}") as channel:
        assert health(channel, "") == health(channel, "acme.vault.v1.Vault") == "SERVING"
        assert code(call(channel, "Peek")) is grpc.StatusCode.UNIMPLEMENTED
        watch = channel.unary_stream(
            "/grpc.health.v1.Health/Watch",
            health_pb2.HealthCheckRequest.SerializeToString,
            health_pb2.HealthCheckResponse.FromString,
        )(health_pb2.HealthCheckRequest(), timeout=5)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        watch.cancel()


def test_garbage_does_no_harm(mutual: tuple[Server, Path], authority: CertificateAuthority) -> None:
    """Silent connections, incomplete handshakes and garbage keep no other caller out."""
    server, _ = mutual
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    opened = []
    for content in (b"", hello, b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 1000) * 10:
        connection = socket.create_connection(("127.0.0.1", server.ports["grpc"]), 5)
        connection.sendall(content)
        opened.append(connection)
    with secure(server, authority, authority.issue("x", spiffe("vault/alice"))) as channel:
        assert code(call(channel, "Open")) is grpc.StatusCode.OK
    for connection in opened:
        connection.close()


def test_health_port_taken(auth_project: AuthProject, tmp_path: Path) -> None:
    """A HEALTH_PORT that is taken stops the start with one line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(AssertionError, match="HEALTH_PORT"),
            auth_project.running(tmp_path / "log", HEALTH_PORT=port),
        ):
            pass
    said = [line for line in (tmp_path / "log").read_text().splitlines() if not line.startswith("{")]
    assert (
        said[-1] == f"127.0.0.1:{port} is in use or not an address of this machine: change HEALTH_PORT or HEALTH_HOST."
    )


# ------------------------------------------------------------------------------------------ versions


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(
    ("least", "version", "ended"),
    [
        ("1.2", "1.2", NOBODY),
        ("1.2", "1.3", NOBODY),
        ("1.3", "1.2", Refusal(DENIED, "TLS 1.3 is required")),
        ("1.3", "1.3", NOBODY),
    ],
)
def test_versions(
    auth_project: AuthProject,
    authority: CertificateAuthority,
    tmp_path: Path,
    least: str,
    version: str,
    ended: "Who | Refusal",
) -> None:
    """TLS 1.2 is taken unless TLS_MIN_VERSION asks for more; then its calls are refused, public ones too."""
    settings = authority.issue("vault", LOCALHOST).write(tmp_path, "server")
    trusted = authority.write(tmp_path)
    with auth_project.running(tmp_path / "log", TLS_MIN_VERSION=least, **settings) as server:
        with tls_proxy(server.ports["grpc"], trusted, version) as address, grpc.insecure_channel(address) as channel:
            assert [call(channel, "WhoAmI"), call(channel, "Peek")] == [ended, ended]
        for old in ("1.0", "1.1"):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                connect(server.ports["grpc"], trusted, old)


# ---------------------------------------------------------------------------------------- new certificates


def shown(server: Server, authorities: Path) -> int:
    """The number of the certificate that a new connection is shown."""
    with connect(server.ports["grpc"], authorities, "1.3") as connection:
        content = connection.getpeercert(binary_form=True)
    assert content is not None
    return x509.load_der_x509_certificate(content).serial_number


def test_certificates_are_renewed_without_dropping_calls(
    auth_project: AuthProject, authority: CertificateAuthority, tmp_path: Path
) -> None:
    """New connections get the new certificate; calls in flight and open channels go on."""
    first, second = (authority.issue("vault", LOCALHOST) for _ in range(2))
    settings = first.write(tmp_path, "server")
    trusted = authority.write(tmp_path)
    with auth_project.running(tmp_path / "log", **settings) as server:
        channel = secure(server, authority)
        with channel, ThreadPoolExecutor() as pool:
            assert shown(server, trusted) == first.serial
            in_flight = [pool.submit(call, channel, "Wait") for _ in range(4)]
            time.sleep(0.3)
            second.write(tmp_path, "server")
            assert shown(server, trusted) == second.serial
            assert [future.result() for future in in_flight] == [NOBODY] * 4
            assert call(channel, "WhoAmI") == NOBODY
        with secure(server, authority) as channel:
            assert call(channel, "WhoAmI") == NOBODY


def test_files_that_do_not_fit_change_nothing(
    auth_project: AuthProject, authority: CertificateAuthority, tmp_path: Path
) -> None:
    """Half of a renewal, nonsense and a missing file leave the old certificate until all is well again."""
    first, second = (authority.issue("vault", LOCALHOST) for _ in range(2))
    settings = first.write(tmp_path, "server")
    trusted = authority.write(tmp_path)
    with auth_project.running(tmp_path / "log", **settings) as server:
        settings["TLS_CERT_FILE"].write_bytes(second.certificate)
        assert shown(server, trusted) == first.serial
        settings["TLS_CERT_FILE"].write_text("nonsense")
        assert shown(server, trusted) == first.serial
        settings["TLS_CERT_FILE"].unlink()
        assert shown(server, trusted) == first.serial
        second.write(tmp_path, "server")
        assert shown(server, trusted) == second.serial
        assert "key values mismatch" in server.said()


def test_callers_authorities_are_read_again(
    auth_project: AuthProject, authority: CertificateAuthority, tmp_path: Path
) -> None:
    """CA_CERT_FILE may get another authority while the service runs."""
    other = CertificateAuthority()
    settings = authority.issue("vault", LOCALHOST).write(tmp_path, "server")
    trusted = authority.write(tmp_path, "callers.pem")
    caller = other.issue("x", spiffe("vault/bob"))
    with auth_project.running(tmp_path / "log", CA_CERT_FILE=trusted, **settings) as server:
        with secure(server, authority, caller) as channel:
            assert code(call(channel, "WhoAmI")) is UNAVAILABLE
        trusted.write_bytes(authority.certificate + other.certificate)
        with secure(server, authority, caller) as channel:
            assert call(channel, "WhoAmI") == NOBODY


# ------------------------------------------------------------------------------------------ make certs


def test_make_certs(auth_project: AuthProject, tmp_path: Path) -> None:
    """`make certs` makes what a service and its caller need for mutual TLS on one machine, once."""
    shutil.copy(auth_project.folder / "Makefile", tmp_path)
    done = run(["make", "certs"], tmp_path)
    assert done.returncode == 0, done.said
    folder = tmp_path / "certs"
    assert {file.name for file in folder.glob("*-key.pem")} == {"ca-key.pem", "server-key.pem", "client-key.pem"}
    assert not [file for file in folder.glob("*-key.pem") if file.stat().st_mode & 0o077]
    before = (folder / "server.pem").read_bytes()
    assert run(["make", "certs"], tmp_path).returncode == 0
    assert (folder / "server.pem").read_bytes() == before
    settings = {
        "TLS_CERT_FILE": folder / "server.pem",
        "TLS_KEY_FILE": folder / "server-key.pem",
        "CA_CERT_FILE": folder / "ca.pem",
        "AUTH_MODE": "mtls",
    }
    read = [(folder / name).read_bytes() for name in ("ca.pem", "client-key.pem", "client.pem")]
    with (
        auth_project.running(tmp_path / "log", **settings) as server,
        grpc.secure_channel(server.address, grpc.ssl_channel_credentials(*read)) as channel,
    ):
        assert call(channel, "WhoAmI") == Who("spiffe://development/client")


def test_certificates_stay_out_of_version_control(auth_project: AuthProject, tmp_path: Path) -> None:
    """The private keys of `make certs` are ignored by git."""
    shutil.copy(auth_project.folder / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    assert run(["git", "check-ignore", "certs/ca-key.pem"], tmp_path).returncode == 0
