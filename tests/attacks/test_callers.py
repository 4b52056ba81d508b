"""Callers who are not who they say, or may not do what they want: through the whole server, all four kinds."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.attacks.attack import assert_clean_log
from tests.attacks.harness import ServerUnderAttack, call, running
from tests.attacks.targets import ONCE, Project
from tests.attacks.wire import connected, data, message
from tests.server.issuer import key_set, rsa_signer, segments

KINDS = ("unary", "replies", "requests", "both")

STRANGER = rsa_signer("good")
"""Uses the id of the issuer's key, and has another key."""

NOT_VALID, EXPIRED, ONE = "the token is not valid", "the token has expired", "exactly one bearer token is required"

TOKENS: dict[str, tuple[Callable[[ServerUnderAttack], list[str]], str]] = {
    "none": (lambda v: [], ONE),
    "another scheme": (lambda v: ["Basic cm9vdDpodW50ZXIy"], ONE),
    "nothing behind the scheme": (lambda v: ["Bearer "], ONE),
    "two good ones": (lambda v: [f"Bearer {v.token()}"] * 2, ONE),
    "a good one behind a bad one": (lambda v: ["Bearer x", f"Bearer {v.token()}"], ONE),
    "expired": (lambda v: [f"Bearer {v.token(exp=time.time() - 60)}"], EXPIRED),
    "forged": (lambda v: [f"Bearer {STRANGER.token(**v.project.target.claims)}"], NOT_VALID),
    "alg=none": (lambda v: [f"Bearer {unsigned(v)}"], NOT_VALID),
    "another audience": (lambda v: [f"Bearer {v.token(aud='another-service')}"], NOT_VALID),
    "another issuer": (lambda v: [f"Bearer {v.token(iss='https://evil.example')}"], NOT_VALID),
    "not yet valid": (lambda v: [f"Bearer {v.token(nbf=time.time() + 600)}"], NOT_VALID),
    "no subject": (lambda v: [f"Bearer {v.token(sub=None)}"], NOT_VALID),
    "no expiry": (lambda v: [f"Bearer {v.token(exp=None)}"], NOT_VALID),
    "one letter less": (lambda v: [f"Bearer {v.token()[:-1]}"], NOT_VALID),
    "garbage": (lambda v: ["Bearer ~" + "." * 3000], NOT_VALID),
}


def unsigned(server: ServerUnderAttack) -> str:
    """A token that says of itself that it needs no signature."""
    claims = {"sub": "root", "iss": "https://issuer.example", "aud": "vault", "exp": time.time() + 60}
    return segments({"alg": "none", "kid": "good"}, {**claims, **server.project.target.claims}) + "."


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_caller_is_answered(server: ServerUnderAttack, kind: str) -> None:
    """Otherwise a refusal below would say nothing."""
    with server.channel() as channel:
        assert call(channel, server.method(kind), server.authorization) == ("OK", "")


@pytest.mark.parametrize("name", TOKENS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_caller_without_a_good_token_is_refused(server: ServerUnderAttack, kind: str, name: str) -> None:
    """UNAUTHENTICATED, in words that say no more than the caller knows."""
    make, words = TOKENS[name]
    metadata = [("authorization", value) for value in make(server)]
    with server.channel() as channel:
        ended = call(channel, server.method(kind), metadata=metadata)
    assert ended == ("UNAUTHENTICATED", words)


def test_a_caller_without_the_role_is_refused(server: ServerUnderAttack) -> None:
    """PERMISSION_DENIED, naming what is needed."""
    target = server.project.target
    with server.channel() as channel:
        code, words = call(channel, server.method(target.guarded), f"Bearer {server.token(roles=['guest'])}")
    assert code == "PERMISSION_DENIED"
    assert target.claims["roles"][0] in words


def test_a_caller_is_refused_before_the_request_is_read(server: ServerUnderAttack) -> None:
    """Who is not known cannot make the service read, parse or validate anything."""
    method = server.method("unary")
    nonsense = replace(method, requests=(b"\xff" * 1000,))
    with server.channel() as channel:
        assert call(channel, nonsense) == ("UNAUTHENTICATED", ONE)
        assert call(channel, nonsense, server.authorization)[0] == "INVALID_ARGUMENT"


def test_a_withdrawn_key_takes_its_tokens_along(project: Project, tmp_path: Path) -> None:
    """The issuer exchanges its keys while the service runs: old tokens end, new ones work."""
    new = rsa_signer("new")
    with running(project, tmp_path) as started, started.channel() as channel:
        method, old = started.method("unary"), started.authorization
        fresh = f"Bearer {new.token(**project.target.claims)}"
        assert call(channel, method, old) == ("OK", "")
        assert call(channel, method, fresh) == ("UNAUTHENTICATED", NOT_VALID)
        (tmp_path / "keys.json").write_text(key_set(new))
        end = time.monotonic() + 20
        while call(channel, method, fresh)[0] != "OK":
            assert time.monotonic() < end, "the new key is not known"
            time.sleep(0.2)
        assert call(channel, method, old) == ("UNAUTHENTICATED", NOT_VALID)
    assert_clean_log(started)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hours", ["1", "99999999"])
def test_a_deadline_of_thousands_of_years_is_one(server: ServerUnderAttack, kind: str, hours: str) -> None:
    """Numbers that no clock holds overflow nothing."""
    method = server.method(kind)
    with connected(server.port) as wire:
        body = b"".join(message(raw) for raw in method.requests)
        wire.send(wire.call(1, method.path, [*server.metadata, ("grpc-timeout", f"{hours}H")]), *data(1, body))
        wire.receive(0.5)
        ended = wire.streams[1]
    assert ended.status == "0" or (kind == "replies" and ended.data and ended.status is None)


@ONCE
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_name_cannot_forge_a_line_of_the_log(project: Project, tmp_path: Path, form: str) -> None:
    """A user name with line breaks cannot add a line to the log."""
    name = "alice\n12:00:00 INFO    forged\x1b[2J"
    with running(project, tmp_path, LOG_FORMAT=form) as started, started.channel() as channel:
        assert call(channel, started.method("unary"), f"Bearer {started.token(sub=name)}")[0] == "OK"
    assert "alice" in started.said()
    assert not [line for line in started.said().splitlines() if line.startswith("12:00:00") or "\x1b" in line]
