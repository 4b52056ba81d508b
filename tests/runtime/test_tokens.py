"""Callers with tokens: which prove something, for how long, and where the keys come from."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from pyservice_runtime.core.call import principal
from pyservice_runtime.core.context import Context
from pyservice_runtime.core.errors import Unavailable
from pyservice_runtime.core.registry import Kind
from pyservice_runtime.jwt import jwks, tokens
from pyservice_runtime.jwt.jwks import KeySet, from_url
from pyservice_runtime.jwt.tokens import Tokens
from pyservice_runtime.settings.environment import SettingsError
from pyservice_runtime.settings.service_settings import ServiceSettings
from pyservice_runtime.testing.calls import Metadata, begin, finish
from pyservice_runtime.testing.service import FakeClock

from .probe_service import (
    Behavior,
    Blocker,
    ProbeService,
    method,
    probe_service,
    settings_for_tests,
    text,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

OK = grpc.StatusCode.OK
UNKNOWN = grpc.StatusCode.UNAUTHENTICATED
DENIED = grpc.StatusCode.PERMISSION_DENIED
AWAY = grpc.StatusCode.UNAVAILABLE

OPEN = method("Open", public=True)
WHO = method("Who")
ADMIN = method("Admin", roles=("admin", "root"))
READ = method("Read", scopes=("read", "list"))
WATCH = method("Watch", Kind.UNARY_STREAM)
METHODS = OPEN, WHO, ADMIN, READ, WATCH


async def who(_: Context) -> str:
    """Who is calling, for the handler."""
    return principal().subject


BEHAVIORS: dict[str, Behavior] = {"who": who}


class Signer:
    """Signs tokens that say whatever a test wants them to."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    def key_set(self, key_id: str = "one", **more: Any) -> bytes:
        """Its public key, as an issuer gives it away."""
        public = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return json.dumps({"keys": [{**public, "kid": key_id, **more}]}).encode()

    def token(self, key_id: str = "one", **claims: Any) -> str:
        """Return a token; ``claims`` override those of an ordinary caller."""
        said = {"iss": "issuer", "aud": "us", "sub": "alice", "exp": time.time() + 60, **claims}
        return jwt.encode(said, self._key, "ES256", {"kid": key_id})


SIGNER = Signer()


def bearer(*tokens: str) -> Metadata:
    """What tokens are sent as."""
    return [("authorization", f"Bearer {token}") for token in tokens]


def by_token(folder: Path, **changes: Any) -> ServiceSettings:
    """ServiceSettings of a service that trusts the signer."""
    file = folder / "jwks.json"
    file.write_bytes(SIGNER.key_set())
    given = {"auth_jwks_file": file, "auth_issuer": "issuer", "auth_audience": "us"}
    return settings_for_tests(auth_mode="jwt", **{**given, **changes})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gate(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProbeService]:
    """A service that takes the signer's tokens."""
    settings = by_token(tmp_path_factory.mktemp("tokens"), auth_roles_claim="realm.roles")
    async with probe_service(settings, *METHODS, behaviors=BEHAVIORS) as probe_server:
        yield probe_server


NOT_VALID = "the token is not valid"

REFUSED: dict[str, tuple[Callable[[], Metadata], str]] = {
    "none": (lambda: (), "exactly one bearer token is required"),
    "two": (lambda: bearer(SIGNER.token(), SIGNER.token()), "exactly one bearer token is required"),
    "no bearer": (lambda: [("authorization", "Basic YQ==")], "exactly one bearer token is required"),
    "nothing behind it": (lambda: [("authorization", "Bearer ")], "exactly one bearer token is required"),
    "no token at all": (lambda: bearer("made up"), NOT_VALID),
    "expired": (lambda: bearer(SIGNER.token(exp=time.time() - 60)), "the token has expired"),
    "forged": (lambda: bearer(Signer().token()), NOT_VALID),
    "signed with an unknown key": (lambda: bearer(SIGNER.token(key_id="two")), NOT_VALID),
    "for another service": (lambda: bearer(SIGNER.token(aud="them")), NOT_VALID),
    "from another issuer": (lambda: bearer(SIGNER.token(iss="another")), NOT_VALID),
    "unsigned": (lambda: bearer(jwt.encode({"sub": "root"}, "", "none")), NOT_VALID),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_token_that_proves_nothing(gate: ProbeService, what: str) -> None:
    """It is refused, except by a public method, where its caller is anonymous."""
    metadata, details = REFUSED[what]
    refused = await gate.call(WHO, "who", metadata=metadata())
    assert (refused.code, refused.details) == (UNKNOWN, details)
    taken = await gate.call(OPEN, "who", metadata=metadata())
    assert (taken.code, taken.responses[0].value) == (OK, "")


async def test_a_good_token(gate: ProbeService) -> None:
    """It says who calls, and what she may do, each time anew."""
    plain = bearer(SIGNER.token())
    for rpc in (WHO, WHO, OPEN):
        assert (await gate.call(rpc, "who", metadata=plain)).responses == (text("alice"),)
    denied = await gate.call(ADMIN, metadata=plain)
    assert (denied.code, denied.details) == (DENIED, "requires the role admin or root")
    denied = await gate.call(READ, metadata=bearer(SIGNER.token(scope="read")))
    assert (denied.code, denied.details) == (DENIED, "requires the scope read and list")
    able = bearer(SIGNER.token(realm={"roles": ["root"]}, scope="list read more"))
    assert [(await gate.call(rpc, metadata=able)).code for rpc in (ADMIN, READ)] == [OK, OK]


async def test_a_stream_ends_with_its_token(tmp_path: Path, clock: FakeClock) -> None:
    """What let its caller in does not last for ever; a stream that ends before is left alone."""
    token, blocker = bearer(SIGNER.token()), Blocker()
    async with probe_service(by_token(tmp_path), WATCH, behaviors={"stay": blocker}) as probe_server:
        assert (await probe_server.call(WATCH, metadata=token)).code is OK
        stream = begin(probe_server.channel, WATCH, [text("stay")], token, timeout=None)
        ends = asyncio.ensure_future(finish(stream, idle_timeout=1000))
        await until(lambda: blocker.calls)
        clock.advance(120)
        end = await ends
        assert (end.code, end.details) == (UNKNOWN, "the token has expired")


async def test_a_token_is_not_enough_twice(gate: ProbeService) -> None:
    """That one of two is known makes no difference; other metadata may repeat."""
    known = bearer(SIGNER.token())
    more = [("x-more", "a"), ("x-more", "b")]
    assert (await gate.call(WHO, "who", metadata=known)).code is OK
    assert (await gate.call(WHO, "who", metadata=[*more, *known])).code is OK
    end = await gate.call(WHO, "who", metadata=[*bearer("made up"), *known])
    assert (end.code, end.details) == (UNKNOWN, "exactly one bearer token is required")


async def test_a_token_is_known_as_long_as_its_key(tmp_path: Path, clock: FakeClock) -> None:
    """Keys that were withdrawn take their tokens along, and so do keys that are too old."""
    known = bearer(SIGNER.token(exp=time.time() + 10_000))
    async with probe_service(by_token(tmp_path), WHO, behaviors=BEHAVIORS) as probe_server:
        assert (await probe_server.call(WHO, "who", metadata=known)).code is OK
        (tmp_path / "jwks.json").write_bytes(Signer().key_set())
        clock.advance(1000)
        end = await probe_server.call(WHO, "who", metadata=known)
        assert (end.code, end.details) == (UNKNOWN, NOT_VALID)


async def test_a_long_token_is_verified_each_time(gate: ProbeService, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is as good as any other, and costs no memory."""
    verified: list[str] = []
    decode = jwt.decode

    def watched(token: str, *arguments: Any, **more: Any) -> Any:
        verified.append(token)
        return decode(token, *arguments, **more)

    monkeypatch.setattr(jwt, "decode", watched)
    long = SIGNER.token(note="x" * tokens.MAX_TOKEN_CHARS)
    for _ in range(2):
        assert (await gate.call(WHO, "who", metadata=bearer(long))).responses == (text("alice"),)
    assert verified == [long, long]


async def test_few_tokens_are_remembered(gate: ProbeService, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger who sends many costs no memory, and those that were forgotten are still good."""
    monkeypatch.setattr(tokens, "MAX_VERIFIED_TOKENS", 1)
    for name in ("alice", "bob", "alice"):
        end = await gate.call(WHO, "who", metadata=bearer(SIGNER.token(sub=name)))
        assert end.responses[0].value == name


# ------------------------------------------------------------------------------------------- keys


BROKEN_SETS = {
    b"no json": "not a valid JSON Web Key Set",
    b'{"keys": [1]}': "not a valid JSON Web Key Set",
    b"[]": "not a valid JSON Web Key Set",
    b'{"keys": [{"kid": ["a"]}]}': "not a valid JSON Web Key Set",
    b'{"keys": [{"kid": "a", "kty": "oct", "k": "AAAA"}]}': "the JSON Web Key Set has no key for ES256",
    b'{"keys": [{"kid": "a", "kty": "EC", "crv": "made-up"}]}': "the JSON Web Key Set has no key for ES256",
    SIGNER.key_set(use="enc"): "the JSON Web Key Set has no key for ES256",
    SIGNER.key_set(alg="ES512"): "the JSON Web Key Set has no key for ES256",
}


@pytest.mark.parametrize("content", BROKEN_SETS, ids=BROKEN_SETS.values())
async def test_a_file_without_keys_stops_the_start(tmp_path: Path, content: bytes) -> None:
    """One sentence says what is wrong with it."""
    settings = by_token(tmp_path, auth_algorithms=("ES256",))
    (tmp_path / "jwks.json").write_bytes(content)
    with pytest.raises(SettingsError, match=f"AUTH_JWKS_FILE=.*: {BROKEN_SETS[content]}"):
        Tokens(settings)


async def test_a_damaged_key_spoils_no_other() -> None:
    """What cannot be read of a set is left out."""
    good = json.loads(SIGNER.key_set("good"))["keys"]
    damaged = [{**good[0], "kid": "bad", "x": x} for x in ("", "AAAA", 1)]
    text = json.dumps({"keys": [*damaged, *good]}).encode()
    assert list(jwks.parse(text, ("ES256",))) == ["good"]


async def test_a_bug_in_fetching_keys_is_logged_with_a_traceback(
    gate: ProbeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library that another module hides is called neither a bad key set nor a bad token."""
    monkeypatch.delattr(jwt, "PyJWK")
    with pytest.raises(AttributeError, match="PyJWK"):
        jwks.parse(SIGNER.key_set(), ("ES256",))
    monkeypatch.delattr(jwt, "decode")
    end = await gate.call(WHO, metadata=bearer(SIGNER.token()))
    assert end.code is grpc.StatusCode.INTERNAL


class Issuer:
    """Where keys come from, which may be away."""

    def __init__(self) -> None:
        self.answers: bytes | None = None
        self.asked = 0

    def fetch(self) -> bytes:
        """The keys as they are now."""
        self.asked += 1
        if self.answers is None:
            raise OSError("unreachable")
        return self.answers


async def test_keys_follow_their_issuer(clock: FakeClock) -> None:
    """They are refreshed in time, and kept for a while if the issuer is unavailable."""
    issuer, changes = Issuer(), []
    keys = KeySet(issuer.fetch, ("ES256",), 100.0, lambda: changes.append(1))
    with pytest.raises(Unavailable, match="tokens cannot be verified at the moment"):
        await keys.find("one")
    issuer.answers = SIGNER.key_set("one")
    clock.advance(2)
    assert await keys.find("one") == await keys.find(None) is not None
    # An unknown key id fetches at once, and the next one only after the cooldown.
    asked = issuer.asked
    assert await keys.find("two") is await keys.find("three") is None
    assert issuer.asked == asked + 1
    # When it is time the old ones are still good, while others are fetched.
    issuer.answers = SIGNER.key_set("two")
    clock.advance(101)
    assert keys.is_fresh()
    await until(lambda: len(changes) == 2)
    assert await keys.find("two") is not None
    issuer.answers = None
    clock.advance(250)
    assert not keys.is_fresh()
    assert await keys.find("two") is not None


async def test_keys_come_from_their_url_alone() -> None:
    """A redirect leads nowhere, and an answer without end is not read to it."""
    answers = {
        "/keys": b"HTTP/1.0 200 OK\r\n\r\n" + SIGNER.key_set(),
        "/moved": b"HTTP/1.0 302 Found\r\nLocation: /keys\r\n\r\n",
        "/long": b"HTTP/1.0 200 OK\r\n\r\n" + bytes(2 * 1024 * 1024),
    }

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(answers[head.split()[1].decode()])
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    root = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        assert await asyncio.to_thread(from_url(f"{root}/keys")) == SIGNER.key_set()
        for path, problem in (("/moved", "302"), ("/long", "too long")):
            with pytest.raises((OSError, ValueError), match=problem):
                await asyncio.to_thread(from_url(root + path))
        settings = settings_for_tests(
            auth_mode="jwt", auth_jwks_url=f"{root}/keys", auth_issuer="issuer", auth_audience="us"
        )
        async with probe_service(settings, WHO, behaviors=BEHAVIORS) as probe_server:
            end = await probe_server.call(WHO, "who", metadata=bearer(SIGNER.token()))
            assert end.responses == (text("alice"),)
    async with probe_service(settings, WHO) as probe_server:
        end = await probe_server.call(WHO, metadata=bearer(SIGNER.token()))
        assert (end.code, end.details) == (AWAY, "tokens cannot be verified at the moment")


async def test_keys_that_take_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that comes in drops is not waited for to its end."""
    monkeypatch.setattr(jwks, "_FETCH_TIMEOUT_SECONDS", 0.2)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
        with suppress(ConnectionError):
            for _ in range(100):
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        fetch = from_url(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys")
        with pytest.raises(ValueError, match="takes too long"):
            await asyncio.to_thread(fetch)
