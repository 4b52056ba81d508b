"""Gives out tokens for AUTH_MODE=jwt, in tests and in development: ``make token ROLES=admin``.

Its private key lies in a file, so it stands for no real issuer: never let a service that others
can reach trust it.
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

ISSUER = "https://issuer.development"
AUDIENCE = "market"

_KEY, _JWKS = "issuer-key.pem", "jwks.json"
_ALGORITHM, _KEY_ID = "ES256", "development"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Signs tokens with the key in a folder, and makes one if there is none."""

    folder: Path

    @property
    def settings(self) -> dict[str, str]:
        """The environment of a service that trusts this issuer."""
        return {
            "AUTH_MODE": "jwt",
            "AUTH_ISSUER": ISSUER,
            "AUTH_AUDIENCE": AUDIENCE,
            "AUTH_JWKS_FILE": str(self.jwks()),
        }

    def jwks(self) -> Path:
        """The file with the public key."""
        path = self.folder / _JWKS
        public = ECAlgorithm.to_jwk(self._key().public_key(), as_dict=True)
        path.write_text(json.dumps({"keys": [{**public, "kid": _KEY_ID, "use": "sig"}]}))
        return path

    def token(
        self,
        subject: str,
        roles: str = "",
        scopes: str = "",
        seconds: float = 3600,
    ) -> str:
        """A token for a caller; roles and scopes are words with blanks between."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "exp": time.time() + seconds,
            "roles": roles.split(),
            "scope": scopes,
        }
        return jwt.encode(claims, self._key(), _ALGORITHM, {"kid": _KEY_ID})

    def _key(self) -> ec.EllipticCurvePrivateKey:
        path = self.folder / _KEY
        if not path.exists():
            self.folder.mkdir(exist_ok=True)
            path.touch(0o600)
            path.write_bytes(_pem(ec.generate_private_key(ec.SECP256R1())))
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def main() -> None:
    """Print a token, and keep the public key where the service finds it."""
    parser = argparse.ArgumentParser(description="Print a token for development.")
    parser.add_argument("--folder", type=Path, default=Path("certs"), help="where the key lies")
    parser.add_argument("--subject", default="developer", help="who is calling")
    parser.add_argument("--roles", default="", help='such as "admin auditor"')
    parser.add_argument("--scopes", default="", help='such as "data:read data:write"')
    arguments = parser.parse_args()
    issuer = Issuer(arguments.folder)
    token = issuer.token(arguments.subject, arguments.roles, arguments.scopes)
    issuer.jwks()
    print(token)


if __name__ == "__main__":
    main()
