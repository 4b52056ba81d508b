"""An authority that signs certificates for tests."""

import datetime
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class CertificateAuthority:
    """Signs certificates that are good for a day."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(f"authority {x509.random_serial_number()}")
        basic = x509.BasicConstraints(ca=True, path_length=None)
        builder = _builder(self._name, self._name, self._key).add_extension(basic, critical=True)
        self.pem = _pem(builder.sign(self._key, hashes.SHA256()))

    def issue(self, folder: Path, name: str, *names: x509.GeneralName) -> tuple[Path, Path]:
        """A certificate and its key, as files; an issue of the same name replaces them."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(name), self._name, key)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        files = folder / f"{name}.pem", folder / f"{name}-key.pem"
        files[0].write_bytes(_pem(builder.sign(self._key, hashes.SHA256())))
        files[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return files

    def server(self, folder: Path) -> dict[str, Path]:
        """The settings of a server with a certificate of this authority."""
        certificate, key = self.issue(folder, "server", x509.DNSName("localhost"))
        return {"tls_cert_file": certificate, "tls_key_file": key}

    def write(self, folder: Path) -> Path:
        """Its own certificate, as a file."""
        (folder / "ca.pem").write_bytes(self.pem)
        return folder / "ca.pem"

    def trusted(self, *pair: Path) -> grpc.ChannelCredentials:
        """What a caller trusts it with, and what it proves itself with, if it has something."""
        certificate, key = (file.read_bytes() for file in pair) if pair else (None, None)
        return grpc.ssl_channel_credentials(self.pem, key, certificate)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
