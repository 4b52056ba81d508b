"""A port that wants TLS 1.3 and a certificate of its callers, and those who come without."""

import socket
import ssl
import time
from contextlib import suppress
from pathlib import Path

import grpc
import pytest

from tests.attacks.attack import assert_survives
from tests.attacks.harness import ServerUnderAttack, call
from tests.attacks.wire import PREFACE, connected
from tests.server.certificate_authority import LOCALHOST, CertificateAuthority
from tests.server.tls_proxy import VERSIONS


def hello(server: ServerUnderAttack, version: str, identity: Path | None = None) -> ssl.SSLSocket:
    """A handshake of exactly this version. Raises OSError where the server wants another."""
    context = ssl.create_default_context(cafile=str(server.authorities))
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = VERSIONS[version]
    context.set_alpn_protocols(["h2"])
    if identity is not None:
        context.load_cert_chain(identity)
    return context.wrap_socket(socket.create_connection(("127.0.0.1", server.port), 5), server_hostname="localhost")


@pytest.fixture
def identity(authority: CertificateAuthority, tmp_path: Path) -> Path:
    """A good certificate with its key, in one file."""
    me = authority.issue("client", LOCALHOST)
    (tmp_path / "me.pem").write_bytes(me.certificate + me.key)
    return tmp_path / "me.pem"


def test_a_good_caller_is_answered(mutual: ServerUnderAttack) -> None:
    """Certificate, token and TLS 1.3: otherwise a refusal below would say nothing."""
    with mutual.channel() as channel:
        assert call(channel, mutual.method("unary"), mutual.authorization) == ("OK", "")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_versions_that_are_broken_get_no_handshake(mutual: ServerUnderAttack, identity: Path, version: str) -> None:
    """TLS 1.0 and 1.1 end in the handshake."""
    with pytest.raises(OSError, match=r"(?i)alert|protocol|reset|eof"):
        hello(mutual, version, identity)


def test_tls_1_2_gets_no_answer(mutual: ServerUnderAttack, identity: Path) -> None:
    """With TLS_MIN_VERSION=1.3 the handshake goes through, and each call is refused."""
    with hello(mutual, "1.2", identity) as secure, connected(mutual.port, over=secure) as wire:
        wire.send(wire.call(1, mutual.method("unary").path, [("authorization", mutual.authorization)]))
        ended = wire.until(1)
    assert (ended.status, ended.headers["grpc-message"]) == ("7", "TLS 1.3 is required")


def test_a_caller_without_a_certificate_is_not_heard(mutual: ServerUnderAttack) -> None:
    """A good token does not make up for it: the connection ends before a call is read."""
    try:
        with hello(mutual, "1.3") as secure, connected(mutual.port, over=secure) as wire:
            wire.send(wire.call(1, mutual.method("unary").path, [("authorization", mutual.authorization)]))
            ended = wire.until(1)
            assert (ended.status, wire.closed) == (None, True)
    except ssl.SSLError:
        pass  # refused even sooner


def test_a_certificate_of_another_ca_is_refused(mutual: ServerUnderAttack, authority: CertificateAuthority) -> None:
    """A certificate of another CA: the caller's connection is refused."""
    stranger = CertificateAuthority().issue("client", LOCALHOST)
    credentials = grpc.ssl_channel_credentials(authority.certificate, stranger.key, stranger.certificate)
    with grpc.secure_channel(f"localhost:{mutual.port}", credentials) as channel:
        assert call(channel, mutual.method("unary"), mutual.authorization)[0] == "UNAVAILABLE"


def test_plaintext_is_no_answer(mutual: ServerUnderAttack) -> None:
    """A gRPC client without TLS is not talked to."""
    with grpc.insecure_channel(f"localhost:{mutual.port}") as channel:
        assert call(channel, mutual.method("unary"), mutual.authorization)[0] == "UNAVAILABLE"


def test_health_in_plaintext_is_health_and_nothing_else(mutual: ServerUnderAttack) -> None:
    """HEALTH_PORT lets probes in without a certificate, and no call of the service."""
    with grpc.insecure_channel(f"localhost:{mutual.ports['health']}") as channel:
        assert mutual.health(channel) == "SERVING"
        assert call(channel, mutual.method("unary"), mutual.authorization)[0] == "UNIMPLEMENTED"


HALVES: dict[str, bytes] = {
    "nothing": b"",
    "a plaintext preface": PREFACE,
    "half a hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 100,
    "a hello of the greatest length": b"\x16\x03\x01\xff\xff\x01\x00\xff\xfc\x03\x03" + b"a" * 60_000,
    "a heartbeat": b"\x18\x03\x02\x00\x03\x01\x40\x00",
    "records of no length": b"\x17\x03\x03\x00\x00" * 5000,
}


@pytest.mark.parametrize("case", HALVES)
def test_half_open_handshakes(mutual: ServerUnderAttack, case: str) -> None:
    """Two hundred of them keep no other caller out, and leave nothing behind."""

    def attack() -> None:
        opened = [socket.create_connection(("127.0.0.1", mutual.port), 5) for _ in range(200)]
        for connection in opened:
            with suppress(OSError):  # it does not always take all of it
                connection.sendall(HALVES[case])
        time.sleep(1)
        for connection in opened:
            connection.close()

    assert_survives(mutual, attack)


def test_handshakes_without_calls(mutual: ServerUnderAttack, identity: Path) -> None:
    """A hundred whole handshakes, one after the other, and not a word behind them."""

    def attack() -> None:
        for _ in range(100):
            hello(mutual, "1.3", identity).close()

    assert_survives(mutual, attack)
