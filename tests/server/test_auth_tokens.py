"""AUTH_MODE=jwt: who is let in, with real keys and signatures."""

import base64
import hashlib
import hmac
import json
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.server.auth_service import NOBODY, AuthProject, Refusal, Server, Who, call, code
from tests.server.issuer import AUDIENCE, SETTINGS, Signer, bearer, ec_signer, key_set, rsa_signer, segments

REFUSED = grpc.StatusCode.UNAUTHENTICATED

GOOD, CURVE, STRANGER, WEAK = rsa_signer("rsa"), ec_signer("ec"), rsa_signer("rsa"), rsa_signer("weak", bits=1024)

with warnings.catch_warnings(action="ignore"):
    SHORT = WEAK.token(exp=time.time() + 3600)


@pytest.fixture(scope="module")
def server(auth_project: AuthProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service that takes the tokens of two good keys; a third in its set is too short."""
    folder = tmp_path_factory.mktemp("jwt")
    (folder / "keys.json").write_text(key_set(GOOD, CURVE, WEAK))
    with auth_project.running(folder / "log", AUTH_JWKS_FILE=folder / "keys.json", **SETTINGS) as running:
        yield running
        said = running.said()
    assert not [line for line in said.splitlines() if "eyJ" in line or "Bearer" in line]  # how tokens begin


@pytest.fixture(scope="module")
def channel(server: Server) -> Iterator[grpc.Channel]:
    """A channel to it."""
    with grpc.insecure_channel(server.address) as channel:
        yield channel


def later(**seconds: float) -> dict[str, Any]:
    """Claims with times from now."""
    return {name: time.time() + value for name, value in seconds.items()}


def confused() -> str:
    """A token signed with the public key, as if that were a shared secret."""
    public = GOOD.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = segments({"alg": "HS256", "kid": "rsa"}, claims())
    return f"{head}.{encoded(hmac.digest(public, head.encode(), hashlib.sha256))}"


def tampered() -> str:
    """A good token whose claims were exchanged."""
    header, _, signature = GOOD.token().split(".")
    return f"{header}.{segments({**claims(), 'sub': 'root'})}.{signature}"


def unsigned(algorithm: str) -> str:
    """A token without a signature."""
    return segments({"alg": algorithm, "kid": "rsa"}, claims()) + "."


def claims() -> dict[str, object]:
    """The claims of a good token, read from one."""
    body = GOOD.token().split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def encoded(raw: bytes) -> str:
    """Base64 as tokens have it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


ACCEPTED: dict[str, tuple[Callable[[], str], Who]] = {
    "an RSA key": (lambda: GOOD.token(), Who("alice")),
    "an EC key": (lambda: CURVE.token(sub="bob"), Who("bob")),
    "several audiences": (lambda: GOOD.token(aud=["other", AUDIENCE]), Who("alice")),
    "clocks that differ a little": (lambda: GOOD.token(**later(exp=-3)), Who("alice")),
    "roles": (lambda: GOOD.token(roles=["b", "a"]), Who("alice", ("a", "b"))),
    "scopes in one text": (lambda: GOOD.token(scope="x:read y:write"), Who("alice", (), ("x:read", "y:write"))),
    "scopes in a list": (lambda: GOOD.token(scope=["x:read"]), Who("alice", (), ("x:read",))),
    "roles of a wrong type": (lambda: GOOD.token(roles={"admin": True}), Who("alice")),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_good_token_says_who_is_calling(channel: grpc.Channel, name: str) -> None:
    """The handler sees subject, roles and scopes, the first time and when the token is known."""
    make, who = ACCEPTED[name]
    token = make()
    assert [call(channel, "WhoAmI", bearer(token)) for _ in range(3)] == [who] * 3


MADE_UP: dict[str, Callable[[], str]] = {
    "not yet valid": lambda: GOOD.token(**later(nbf=60)),
    "another audience": lambda: GOOD.token(aud="another-service"),
    "another issuer": lambda: GOOD.token(iss="https://evil.example"),
    "no expiry": lambda: GOOD.token(exp=None),
    "no audience": lambda: GOOD.token(aud=None),
    "no issuer": lambda: GOOD.token(iss=None),
    "no subject": lambda: GOOD.token(sub=None),
    "an expiry that is no number": lambda: GOOD.token(exp="never"),
    "an expiry without end": lambda: GOOD.token(exp=float("inf")),
    "a key of the same id": lambda: STRANGER.token(),
    "a key that is not in the set": lambda: rsa_signer("unknown").token(),
    "a key that it brings along": lambda: STRANGER.token(headers={"jwk": STRANGER.jwk()}),
    "no key id where there are several keys": lambda: GOOD.token(headers={"kid": ""}),
    "a key that is too short": lambda: SHORT,
    "an algorithm that is not allowed": lambda: GOOD.token(algorithm="RS512"),
    "a signature of another key type": lambda: Signer("rsa", CURVE.private, "ES256").token(),
    "the public key as a secret": confused,
    "exchanged claims": tampered,
    "alg=none": lambda: unsigned("none"),
    "alg=None": lambda: unsigned("None"),
    "no signature": lambda: unsigned("RS256"),
    "a demand that we do not know": lambda: GOOD.token(headers={"crit": ["x"], "x": 1}),
    "no token at all": lambda: "x",
    "dots": lambda: "..",
    "a header that is deep": lambda: f"{encoded(b'[' * 3000)}.e30.e30",
    "a header that is a list": lambda: segments([1], {}, b"x"),
    "a key id that is a list": lambda: segments({"alg": "RS256", "kid": ["rsa"]}, claims(), b"x"),
    "bytes that are no JSON": lambda: segments(b"\xff\xfe", b"\x00", b"x"),
}


@pytest.mark.parametrize("name", MADE_UP)
def test_a_token_that_is_not_good_is_refused(channel: grpc.Channel, name: str) -> None:
    """All invalid tokens get the same details, which do not reveal the reason."""
    assert call(channel, "WhoAmI", bearer(MADE_UP[name]())) == Refusal(REFUSED, "the token is not valid")


def test_the_log_says_why(server: Server, channel: grpc.Channel) -> None:
    """The operator sees the kind of fault and the request id, which the caller does not, and no token."""
    token = GOOD.token(aud="another-service")
    call(channel, "WhoAmI", [*bearer(token), ("x-request-id", "why-1")])
    (line,) = (json.loads(line) for line in server.said().splitlines() if "token refused" in line and "why-1" in line)
    assert line["reason"] == "InvalidAudienceError"
    assert token not in server.said()


def test_an_expired_token_is_refused(channel: grpc.Channel) -> None:
    """The details say that the token has expired, so that the caller gets a new one."""
    ended = call(channel, "WhoAmI", bearer(GOOD.token(**later(exp=-3600))))
    assert ended == Refusal(REFUSED, "the token has expired")


def test_a_known_token_expires_too(channel: grpc.Channel) -> None:
    """That a token was verified before does not make it last."""
    token = GOOD.token(**later(exp=-8))  # clocks may differ by 10 seconds
    assert call(channel, "WhoAmI", bearer(token)) == Who("alice")
    time.sleep(2.5)
    assert code(call(channel, "WhoAmI", bearer(token))) is REFUSED


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        [("authorization", "")],
        [("authorization", "Bearer ")],
        [("authorization", "Basic YWxpY2U6cHc=")],
        [("authorization", GOOD.token())],
        [("x-authorization", f"Bearer {GOOD.token()}")],
        bearer(GOOD.token()) + bearer(GOOD.token()),
        bearer(GOOD.token()) + bearer("x"),
        [*bearer(GOOD.token()), ("authorization", "")],
    ],
    ids=["none", "empty", "only the scheme", "basic", "no scheme", "another key", "two", "one of two", "one is empty"],
)
def test_exactly_one_token_is_needed(channel: grpc.Channel, metadata: list[tuple[str, str]]) -> None:
    """No token and several are refused alike: which of them would be meant?"""
    assert call(channel, "WhoAmI", metadata) == Refusal(REFUSED, "exactly one bearer token is required")


def test_the_scheme_has_no_case(channel: grpc.Channel) -> None:
    """``bearer`` is as good as ``Bearer``."""
    assert call(channel, "WhoAmI", [("authorization", f"bearer {GOOD.token()}")]) == Who("alice")


@pytest.mark.parametrize(
    ("metadata", "who"),
    [([], NOBODY), (bearer("x"), NOBODY), (bearer(unsigned("none")), NOBODY), (bearer(GOOD.token()), Who("alice"))],
    ids=["none", "garbage", "alg=none", "good"],
)
def test_a_public_method_takes_anybody(channel: grpc.Channel, metadata: list[tuple[str, str]], who: Who) -> None:
    """It needs no credentials, and believes only those that are valid."""
    assert call(channel, "Peek", metadata) == who


def test_no_call_inherits_the_caller_before_it(channel: grpc.Channel) -> None:
    """Calls on one connection have nothing to do with each other."""
    assert call(channel, "Peek", bearer(GOOD.token(roles=["admin"]))) == Who("alice", ("admin",))
    assert call(channel, "Peek") == NOBODY
    assert code(call(channel, "WhoAmI")) is REFUSED


ADMIN, AUDITOR, CLERK = ["admin"], ["auditor", "clerk"], ["clerk"]


@pytest.mark.parametrize(
    ("rpc", "claims", "ended"),
    [
        ("Open", {"roles": ADMIN}, Who("alice", ("admin",))),
        ("Open", {"roles": AUDITOR}, Who("alice", ("auditor", "clerk"))),
        ("Open", {"roles": CLERK}, "requires the role admin or auditor"),
        ("Open", {"roles": ["Admin"]}, "requires the role admin or auditor"),
        ("Open", {"roles": ["administrator"]}, "requires the role admin or auditor"),
        ("Open", {"scope": "admin"}, "requires the role admin or auditor"),
        ("Open", {}, "requires the role admin or auditor"),
        ("Follow", {"roles": ADMIN}, Who("alice", ("admin",))),
        ("Follow", {"roles": AUDITOR}, "requires the role admin"),
        ("Export", {"scope": "vault:export vault:read"}, Who("alice", (), ("vault:export", "vault:read"))),
        ("Export", {"scope": "vault:read"}, "requires the scope vault:read and vault:export"),
        ("Export", {"roles": ADMIN}, "requires the scope vault:read and vault:export"),
    ],
)
def test_roles_and_scopes(channel: grpc.Channel, rpc: str, claims: dict[str, Any], ended: "Who | str") -> None:
    """A caller needs one of the roles and all of the scopes; the details of the error name them."""
    expected = ended if isinstance(ended, Who) else Refusal(grpc.StatusCode.PERMISSION_DENIED, ended)
    assert call(channel, rpc, bearer(GOOD.token(**claims))) == expected


def test_an_unauthenticated_caller_learns_no_roles(channel: grpc.Channel) -> None:
    """Who is calling is asked before what they may do."""
    assert code(call(channel, "Open")) is REFUSED


def test_no_exception_reaches_a_caller(channel: grpc.Channel) -> None:
    """A bug behind authentication says nothing either."""
    ended = call(channel, "Fail", bearer(GOOD.token()))
    assert isinstance(ended, Refusal)
    assert ended.code is grpc.StatusCode.INTERNAL
    assert "36" not in ended.words.partition("request id")[0]
    assert "combination" not in ended.words


@pytest.mark.parametrize(
    ("claim", "claims", "roles"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["admin"]}}, ("admin",)),
        ("https://vault.example/roles", {"https://vault.example/roles": ["admin"]}, ("admin",)),
        ("realm_access.roles", {"realm_access": ["admin"]}, ()),
        ("groups", {"roles": ["admin"]}, ()),
    ],
)
def test_the_claim_with_the_roles(
    auth_project: AuthProject,
    tmp_path_factory: pytest.TempPathFactory,
    claim: str,
    claims: dict[str, Any],
    roles: tuple[str],
) -> None:
    """AUTH_ROLES_CLAIM names the claim, also inside another one."""
    folder = tmp_path_factory.mktemp("claims")
    (folder / "keys.json").write_text(key_set(GOOD))
    settings = {**SETTINGS, "AUTH_ROLES_CLAIM": claim, "AUTH_JWKS_FILE": folder / "keys.json"}
    with auth_project.running(folder / "log", **settings) as server, grpc.insecure_channel(server.address) as channel:
        assert call(channel, "WhoAmI", bearer(GOOD.token(**claims))) == Who("alice", roles)


def test_the_claim_with_the_scopes(auth_project: AuthProject, tmp_path: Path) -> None:
    """AUTH_SCOPES_CLAIM names the claim, also inside another one."""
    (tmp_path / "keys.json").write_text(key_set(GOOD))
    settings = {**SETTINGS, "AUTH_SCOPES_CLAIM": "grant.scopes", "AUTH_JWKS_FILE": tmp_path / "keys.json"}
    with auth_project.running(tmp_path / "log", **settings) as server, grpc.insecure_channel(server.address) as channel:
        said = call(channel, "WhoAmI", bearer(GOOD.token(grant={"scopes": "x:read"}, scope="y:write")))
    assert said == Who("alice", (), ("x:read",))
