"""A token issuer: real keys, real signatures, and an address that serves the public keys."""

import base64
import http.server
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER, AUDIENCE = "https://issuer.example", "vault"

SETTINGS = {"AUTH_MODE": "jwt", "AUTH_ISSUER": ISSUER, "AUTH_AUDIENCE": AUDIENCE}
"""Settings of a service for the issuer, apart from its keys."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key pair with an id."""

    key_id: str
    private: Any
    algorithm: str

    def token(self, headers: Mapping[str, Any] | None = None, algorithm: str = "", **claims: Any) -> str:
        """A token that is good for an hour; a claim given as None is left out."""
        said = {"sub": "alice", "iss": ISSUER, "aud": AUDIENCE, "exp": time.time() + 3600, **claims}
        present = {name: value for name, value in said.items() if value is not None}
        given = {"kid": self.key_id, **(headers or {})}
        return jwt.encode(present, self.private, algorithm or self.algorithm, {k: v for k, v in given.items() if v})

    def jwk(self, **members: str) -> dict[str, Any]:
        """The public key, as a set has it."""
        kind = RSAAlgorithm if isinstance(self.private, rsa.RSAPrivateKey) else ECAlgorithm
        public = kind.to_jwk(self.private.public_key(), as_dict=True)
        return {**public, "kid": self.key_id, "use": "sig", **members}


def rsa_signer(key_id: str, bits: int = 2048) -> Signer:
    """A new RSA key."""
    return Signer(key_id, rsa.generate_private_key(65537, bits), "RS256")


def ec_signer(key_id: str) -> Signer:
    """A new key on the curve P-256."""
    return Signer(key_id, ec.generate_private_key(ec.SECP256R1()), "ES256")


def key_set(*signers: Signer) -> str:
    """A JSON Web Key Set."""
    return json.dumps({"keys": [signer.jwk() for signer in signers]})


def segments(*parts: object) -> str:
    """A token that is put together by hand: JSON, or bytes, in base64."""
    raw = (part if isinstance(part, bytes) else json.dumps(part).encode() for part in parts)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in raw)


def bearer(token: str) -> list[tuple[str, str]]:
    """The metadata of a call with a token."""
    return [("authorization", f"Bearer {token}")]


@dataclass(slots=True)
class Endpoint:
    """What an address answers, and how often it was asked."""

    body: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    asked: int = 0
    url: str = ""


@contextmanager
def endpoint(body: str = "") -> Iterator[Endpoint]:
    """An HTTP server on a free loopback port."""
    state = Endpoint(body)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked += 1
            time.sleep(state.delay)
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(state.body.encode())

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}/keys"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield state
        server.shutdown()
