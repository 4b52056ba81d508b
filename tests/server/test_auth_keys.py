"""AUTH_MODE=jwt: where the keys come from, and what happens when they change or cannot be had."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from tests.server.auth_service import AuthProject, Refusal, Who, call, code
from tests.server.issuer import SETTINGS, bearer, ec_signer, endpoint, key_set

ALICE = Who("alice")
REFUSED, UNAVAILABLE = grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNAVAILABLE

OLD, NEW = ec_signer("old"), ec_signer("new")


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether something comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_keys_are_exchanged(auth_project: AuthProject, tmp_path: Path) -> None:
    """A token of a new key is good at once; one of a withdrawn key ends with it, though it was known."""
    with (
        endpoint(key_set(OLD)) as keys,
        auth_project.running(tmp_path / "log", AUTH_JWKS_URL=keys.url, AUTH_JWKS_REFRESH=1, **SETTINGS) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        old = bearer(OLD.token())
        assert call(channel, "WhoAmI", old) == ALICE
        keys.body = key_set(OLD, NEW)
        assert call(channel, "WhoAmI", bearer(NEW.token())) == ALICE
        assert call(channel, "WhoAmI", old) == ALICE
        keys.body = key_set(NEW)
        assert within(5, lambda: code(call(channel, "WhoAmI", old)) is REFUSED)
        assert call(channel, "WhoAmI", bearer(NEW.token())) == ALICE


def test_made_up_keys_do_not_hammer_the_issuer(auth_project: AuthProject, tmp_path: Path) -> None:
    """However many ids are made up, the keys are fetched once more, and good tokens go on being good."""
    with (
        endpoint(key_set(OLD)) as keys,
        auth_project.running(tmp_path / "log", AUTH_JWKS_URL=keys.url, **SETTINGS) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stranger = ec_signer("x")
        tokens = [stranger.token(headers={"kid": f"made-up-{number}"}) for number in range(200)]
        with ThreadPoolExecutor(16) as pool:
            ended = set(pool.map(lambda token: code(call(channel, "WhoAmI", bearer(token))), tokens))
        assert ended == {REFUSED}
        assert call(channel, "WhoAmI", bearer(OLD.token())) == ALICE
        assert keys.asked <= 2


def test_keys_are_fetched_once_for_all_who_wait(auth_project: AuthProject, tmp_path: Path) -> None:
    """Calls that arrive while the keys are on their way share one fetch."""
    with (
        endpoint(key_set(OLD)) as keys,
        auth_project.running(tmp_path / "log", AUTH_JWKS_URL=keys.url, **SETTINGS) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        keys.delay = 0.5
        with ThreadPoolExecutor(16) as pool:
            ended = list(pool.map(lambda _: call(channel, "WhoAmI", bearer(OLD.token())), range(16)))
        assert ended == [ALICE] * 16
        assert keys.asked == 1


def test_old_keys_stay_while_new_ones_cannot_be_had(auth_project: AuthProject, tmp_path: Path) -> None:
    """Callers with a token are admitted while the issuer is down; an invalid key set replaces no keys."""
    with (
        endpoint(key_set(OLD)) as keys,
        auth_project.running(tmp_path / "log", AUTH_JWKS_URL=keys.url, AUTH_JWKS_REFRESH=0.2, **SETTINGS) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        assert call(channel, "WhoAmI", bearer(OLD.token())) == ALICE
        for keys.status, keys.body in ((500, "down"), (200, '{"keys": []}'), (200, "<html>")):
            asked = keys.asked
            ended = set()
            while keys.asked == asked:  # calls are what makes it ask
                ended.add(call(channel, "WhoAmI", bearer(OLD.token())))
            ended.add(call(channel, "WhoAmI", bearer(OLD.token())))
            assert ended == {ALICE}
        assert "JWKS fetch failed" in server.said()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("down", 500),
        ("<html>", 200),
        ('{"keys": []}', 200),
        ('{"keys": [7]}', 200),
        ('{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "old", "alg": "HS256"}]}', 200),
        ("x" * 2_000_000, 200),
    ],
    ids=["down", "no JSON", "empty", "no keys", "a shared secret", "endless"],
)
def test_without_keys_callers_may_retry(auth_project: AuthProject, tmp_path: Path, body: str, status: int) -> None:
    """Their tokens may be good, so that is not UNAUTHENTICATED; with the keys they are let in."""
    with (
        endpoint(body) as keys,
        auth_project.running(tmp_path / "log", AUTH_JWKS_URL=keys.url, **SETTINGS) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        keys.status = status
        token = bearer(OLD.token())
        assert call(channel, "WhoAmI", token) == Refusal(UNAVAILABLE, "tokens cannot be verified at the moment")
        assert call(channel, "Peek", token) == Who("")
        keys.body, keys.status = key_set(OLD), 200
        assert within(5, lambda: call(channel, "WhoAmI", token) == ALICE)


def test_keys_are_taken_from_nowhere_else(auth_project: AuthProject, tmp_path: Path) -> None:
    """A redirect is not followed, though good keys are at its end."""
    with (
        endpoint(key_set(OLD)) as elsewhere,
        endpoint() as keys,
        auth_project.running(tmp_path / "log", AUTH_JWKS_URL=keys.url, **SETTINGS) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        keys.status, keys.headers = 302, {"Location": elsewhere.url}
        assert code(call(channel, "WhoAmI", bearer(OLD.token()))) is UNAVAILABLE
        assert (keys.asked, elsewhere.asked) == (1, 0)


def test_a_file_of_keys_is_read_again(auth_project: AuthProject, tmp_path: Path) -> None:
    """AUTH_JWKS_FILE may change while the service runs; an invalid file changes nothing."""
    file = tmp_path / "keys.json"
    file.write_text(key_set(OLD))
    with (
        auth_project.running(tmp_path / "log", AUTH_JWKS_FILE=file, **SETTINGS) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        old, new = bearer(OLD.token()), bearer(NEW.token())
        assert call(channel, "WhoAmI", old) == ALICE
        file.write_text(key_set(NEW))
        assert call(channel, "WhoAmI", new) == ALICE
        assert within(8, lambda: code(call(channel, "WhoAmI", old)) is REFUSED)
        file.write_text("{")
        time.sleep(2.5)
        assert [call(channel, "WhoAmI", new) for _ in range(5)] == [ALICE] * 5


def test_one_key_needs_no_id(auth_project: AuthProject, tmp_path: Path) -> None:
    """A token without a key id is checked with the only key of the set."""
    (tmp_path / "keys.json").write_text(key_set(OLD))
    with (
        auth_project.running(tmp_path / "log", AUTH_JWKS_FILE=tmp_path / "keys.json", **SETTINGS) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        assert call(channel, "WhoAmI", bearer(OLD.token(headers={"kid": ""}))) == ALICE
        assert code(call(channel, "WhoAmI", bearer(NEW.token(headers={"kid": ""})))) is REFUSED


FLOOD = """
from vault.runtime.jwt.tokens import MAX_TOKEN_CHARS, MAX_VERIFIED_TOKENS, Tokens, _Verified
from vault.runtime.server import Principal
from vault.settings import Settings

tokens = Tokens(Settings())
for number in range(MAX_VERIFIED_TOKENS + 500):
    tokens._keep(_Verified(str(number), 0.0, Principal("x")))
assert len(tokens._verified) == MAX_VERIFIED_TOKENS
tokens._keep(_Verified("x" * (MAX_TOKEN_CHARS + 1), 0.0, Principal("x")))
assert "x" * 32 not in tokens._verified
"""


def test_known_tokens_are_bounded(auth_project: AuthProject) -> None:
    """However many tokens an issuer gives out, and however long: no more than so many are kept, and none too long."""
    done = auth_project.python(FLOOD, AUTH_JWKS_URL="https://issuer.example/keys", **SETTINGS)
    assert done.returncode == 0, done.said


LOADED = """
import sys
import vault.runtime.server.lifecycle
from vault.runtime.server.chain import recommended
from vault.settings import Settings

recommended(Settings())
assert not {"jwt", "cryptography", "urllib.request"} & set(sys.modules)
"""


def test_a_service_without_tokens_loads_nothing_for_them(auth_project: AuthProject) -> None:
    """PyJWT and cryptography are imported with AUTH_MODE=jwt only."""
    done = auth_project.python(LOADED)
    assert done.returncode == 0, done.said
