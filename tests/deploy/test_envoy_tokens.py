"""Tokens at the gateway: callers without a valid one do not reach the service."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.deploy.gateway import Gateway, envoy, running
from tests.deploy.library import SERVICE, Library
from tests.server.issuer import AUDIENCE, ISSUER, Signer, endpoint, key_set, rsa_signer

BOOK = "/v1/shelves/7/books/9"


@pytest.fixture(scope="module")
def signer() -> Signer:
    """The signer of the tokens."""
    return rsa_signer("first")


@pytest.fixture(scope="module", params=["file", "address"])
def gateway(
    request: pytest.FixtureRequest, library: Library, signer: Signer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """Envoy with the settings of the service, whose own check is off: what is refused, Envoy refused."""
    envoy()
    folder = tmp_path_factory.mktemp("tokens")
    (folder / "keys.json").write_text(key_set(signer))
    with endpoint(key_set(signer)) as keys, library.running(folder / "log") as service:
        where = {"AUTH_JWKS_FILE": str(folder / "keys.json")}
        if request.param == "address":
            where = {"AUTH_JWKS_URL": keys.url}
        given = {"AUTH_MODE": "jwt", "AUTH_ISSUER": ISSUER, "AUTH_AUDIENCE": AUDIENCE, **where}
        with running(library, folder, {"GATEWAY_UPSTREAMS": f"127.0.0.1:{service.port}", **given}) as now:
            yield now


def bearer(token: str) -> dict[str, str]:
    """The header of a request with a token."""
    return {"authorization": f"Bearer {token}"}


def test_a_good_token_is_let_through(gateway: Gateway, signer: Signer) -> None:
    """Signed by the issuer's key, for this audience, not expired."""
    assert gateway.ask("GET", BOOK, headers=bearer(signer.token())).json()["name"] == "shelves/7/books/9"


def refused(signer: Signer) -> dict[str, dict[str, str]]:
    """Headers that are not good enough, by what is wrong with them."""
    return {
        "no token": {},
        "no token at all": bearer("x"),
        "expired": bearer(signer.token(exp=1)),
        "without an end": bearer(signer.token(exp=None)),
        "another audience": bearer(signer.token(aud="another")),
        "another issuer": bearer(signer.token(iss="https://another.example")),
        "another key": bearer(rsa_signer("first").token()),
    }


def test_any_other_is_refused(gateway: Gateway, signer: Signer) -> None:
    """Over REST with 401 or 403, as gRPC-Web with a status, and the service does not hear of it."""
    before = gateway.stat("cluster.service.upstream_rq_completed")
    for what, headers in refused(signer).items():
        reply = gateway.ask("GET", BOOK, headers=headers)
        assert reply.status in (401, 403), what
        assert reply.json()["message"].startswith(("Jwt", "Audiences")), what
    _, trailers = gateway.web(f"{SERVICE}/GetBook", b"")
    assert trailers["grpc-status"] == "16"
    # What was counted meanwhile are health checks, which go another way.
    assert gateway.stat("cluster.service.upstream_rq_completed") == before


async def test_grpc_callers_learn_why(gateway: Gateway, signer: Signer) -> None:
    """UNAUTHENTICATED without a token; an answer with one."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{gateway.port}") as channel:
        get: Any = channel.unary_unary(f"/{SERVICE}/GetBook")
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await get(b"")
        assert (error.value.code(), error.value.details()) == (grpc.StatusCode.UNAUTHENTICATED, "Jwt is missing")
        assert await get(b"", metadata=[("authorization", f"Bearer {signer.token()}")])


def test_what_is_public_needs_none(gateway: Gateway) -> None:
    """A method that is declared public is answered without a token, and also with a bad one."""
    assert gateway.ask("GET", "/v1/peek").json()["title"] == "anybody"
    assert gateway.ask("GET", "/v1/peek", headers=bearer("x")).json()["title"] == "anybody"


def test_the_service_sees_the_token_too(library: Library, signer: Signer, tmp_path: Path) -> None:
    """With the same settings on both sides a call with a token passes both."""
    (tmp_path / "keys.json").write_text(key_set(signer))
    given = {
        "AUTH_MODE": "jwt",
        "AUTH_ISSUER": ISSUER,
        "AUTH_AUDIENCE": AUDIENCE,
        "AUTH_JWKS_FILE": str(tmp_path / "keys.json"),
    }
    envoy()
    with (
        library.running(tmp_path / "log", **given) as service,
        running(library, tmp_path, {"GATEWAY_UPSTREAMS": f"127.0.0.1:{service.port}", **given}) as gateway,
    ):
        assert gateway.ask("GET", BOOK, headers=bearer(signer.token())).status == 200
        assert gateway.ask("GET", BOOK).status == 401
