"""A certificate authority: real keys and certificates, good for a day."""

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOCALHOST = x509.DNSName("localhost")


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes

    def write(self, folder: Path, name: str) -> dict[str, Path]:
        """Write both files, each at once; returns the settings that name them."""
        settings = {}
        for variable, file, content in (
            ("TLS_CERT_FILE", f"{name}.pem", self.certificate),
            ("TLS_KEY_FILE", f"{name}-key.pem", self.key),
        ):
            aside = folder / f"{file}.new"
            aside.write_bytes(content)
            settings[variable] = aside.replace(folder / file)
        return settings

    @property
    def serial(self) -> int:
        """The certificate's number."""
        return x509.load_pem_x509_certificate(self.certificate).serial_number


class CertificateAuthority:
    """Signs certificates."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        # Its own name, by which verifiers look for the key.
        self._name = _name(f"authority {x509.random_serial_number()}")
        builder = _builder(self._name, self._name, self._key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.certificate = _pem(builder.sign(self._key, hashes.SHA256()))

    def issue(self, common_name: str, *names: x509.GeneralName, days: int = 1) -> Identity:
        """A certificate for a common name and alternative names."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(common_name), self._name, key.public_key(), days)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return Identity(_pem(builder.sign(self._key, hashes.SHA256())), private)

    def write(self, folder: Path, name: str = "ca.pem") -> Path:
        """Write its own certificate."""
        (folder / name).write_bytes(self.certificate)
        return folder / name


def spiffe(path: str) -> x509.UniformResourceIdentifier:
    """A SPIFFE id as an alternative name."""
    return x509.UniformResourceIdentifier(f"spiffe://{path}")


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int = 1
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
