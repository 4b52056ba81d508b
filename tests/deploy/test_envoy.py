"""A real Envoy in front of the real service: REST, gRPC-Web and gRPC, with what goes wrong."""

import asyncio
import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from tests.deploy.gateway import Gateway, envoy, running
from tests.deploy.library import SERVICE, Library
from tests.server.certificate_authority import LOCALHOST, CertificateAuthority, spiffe
from tests.support.command import run

BOOKS = "/v1/shelves/7/books"


@pytest.fixture(scope="module")
def gateway(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Envoy in front of one instance."""
    envoy()
    folder = tmp_path_factory.mktemp("gateway")
    with library.running(folder / "log") as service:
        settings = {"GATEWAY_UPSTREAMS": f"127.0.0.1:{service.port}", "GATEWAY_ORIGINS": "https://app.example"}
        with running(library, folder, settings) as now:
            yield now


@pytest.fixture(scope="module")
def pb(library: Library) -> Any:
    """The messages of the service by their names, without importing its modules here."""
    code = "from library.gen import library_pb2 as m; import sys; sys.stdout.write(m.DESCRIPTOR.serialized_pb.hex())"
    done = run(["python", "-c", code], library.folder, library.env())
    assert done.returncode == 0, done.said
    file = FileDescriptorProto.FromString(bytes.fromhex(done.stdout))
    pool = DescriptorPool()
    del file.dependency[:], file.service[:]
    pool.Add(file)

    def message(kind: str, /, **fields: Any) -> Any:
        return GetMessageClass(pool.FindMessageTypeByName(f"acme.library.v1.{kind}"))(**fields)

    return message


def rest_error(reply: Any) -> tuple[int, int, str]:
    """The HTTP status, gRPC's code and the words of an error over REST."""
    body = reply.json()
    return reply.status, body["code"], body["message"]


# ------------------------------------------------------------------------------------------- REST


def test_a_path_names_a_resource(gateway: Gateway) -> None:
    """GET with a path parameter of several segments; 64-bit numbers are texts, as JSON needs them."""
    book = gateway.ask("GET", f"{BOOKS}/9").json()
    assert (book["name"], book["sold"], book["title"]) == ("shelves/7/books/9", str(1 << 53), "")


def test_a_query_fills_the_other_fields(gateway: Gateway) -> None:
    """Numbers and repeated fields as query parameters."""
    reply = gateway.ask("GET", f"{BOOKS}?page_size=2&tags=a&tags=b&tags=c").json()
    assert [book["title"] for book in reply["books"]] == ["a", "b"]


def test_a_body_is_the_field_that_the_binding_names(gateway: Gateway) -> None:
    """POST: the path gives one field of the request, the body another."""
    book = gateway.ask("POST", BOOKS, {"title": "Ulysses", "pages": 730}).json()
    assert (book["name"], book["title"], book["pages"]) == ("shelves/7/books/1", "Ulysses", 730)


def test_a_stream_of_replies_is_a_line_each(gateway: Gateway) -> None:
    """GET of a server stream."""
    assert [book["pages"] for book in gateway.ask("GET", "/v1/books:watch?count=5").lines()] == [0, 1, 2, 3, 4]


def test_a_stream_of_requests_is_a_list(gateway: Gateway) -> None:
    """POST of a client stream."""
    reply = gateway.ask("POST", "/v1/books:batch", [{"title": "a"}, {"title": "b"}]).json()
    assert [book["title"] for book in reply["books"]] == ["a", "b"]


def test_a_method_without_a_binding_has_a_path_all_the_same(gateway: Gateway) -> None:
    """POST /package.Service/Method."""
    assert gateway.ask("POST", f"/{SERVICE}/Fail", {}).json() == {}


def test_errors_keep_their_details(gateway: Gateway) -> None:
    """NOT_FOUND is 404, INVALID_ARGUMENT 400, each with the google.rpc details of the service."""
    missing, wrong = gateway.ask("GET", f"{BOOKS}/missing"), gateway.ask("POST", BOOKS, {"title": ""})
    assert rest_error(missing) == (404, 5, "book shelves/7/books/missing was not found")
    assert missing.json()["details"][0]["resourceName"] == "shelves/7/books/missing"
    assert rest_error(wrong) == (400, 3, "book.title: must not be empty")
    assert wrong.json()["details"][0]["fieldViolations"][0]["field"] == "book.title"


def test_a_bug_shows_nothing_of_itself(gateway: Gateway) -> None:
    """An exception in a handler is 500 without its text, through Envoy too."""
    status, code, words = rest_error(gateway.ask("POST", f"/{SERVICE}/Fail", {"how": "bug"}))
    assert (status, code) == (500, 13)
    assert "hunter2" not in words


def test_the_service_ends_a_call_before_envoy_does(gateway: Gateway) -> None:
    """A declared timeout: the words are the service's own."""
    assert rest_error(gateway.ask("POST", f"/{SERVICE}/Slow", {})) == (504, 4, "the call took longer than 0.5 s")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"{BOOKS}?page=2", None, 400),
        ("POST", BOOKS, b'{"title":', 400),
        ("POST", BOOKS, {"titel": "misspelt"}, 400),
        ("GET", "/v1/nothing", None, 404),
        ("DELETE", f"{BOOKS}/9", None, 404),
        ("POST", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", {}, 404),
        ("POST", BOOKS, {"title": "x" * 5_000_000}, 429),
    ],
    ids=["parameter", "json", "field", "path", "verb", "reflection", "too large"],
)
def test_what_makes_no_sense_is_refused(gateway: Gateway, method: str, path: str, body: Any, status: int) -> None:
    """Misspelt parameters and fields, broken JSON, what is not published, and what is too large."""
    assert gateway.ask(method, path, body).status == status


def test_a_load_balancer_can_ask(gateway: Gateway) -> None:
    """/healthz is 200 while an instance takes calls; over gRPC the service tells its own health."""
    assert gateway.ask("GET", "/healthz").status == 200
    (status,), _ = gateway.web("grpc.health.v1.Health/Check", b"")
    assert status == b"\x08\x01"


# ------------------------------------------------------------------------------------------- gRPC


@pytest.mark.parametrize("text", [False, True], ids=["binary", "text"])
def test_browsers_speak_grpc_web(gateway: Gateway, pb: Any, text: bool) -> None:
    """A unary call, a stream, and an error with its words, in both encodings of gRPC-Web."""
    (book,), trailers = gateway.web(f"{SERVICE}/GetBook", pb("GetBookRequest", name="x").SerializeToString(), text)
    assert pb("Book").FromString(book).name == "x"
    assert trailers["grpc-status"] == "0"
    books, _ = gateway.web(f"{SERVICE}/WatchBooks", pb("WatchBooksRequest", count=3).SerializeToString(), text)
    assert [pb("Book").FromString(book).pages for book in books] == [0, 1, 2]
    request = pb("GetBookRequest", name="missing").SerializeToString()
    messages, trailers = gateway.web(f"{SERVICE}/GetBook", request, text)
    assert (messages, trailers["grpc-status"]) == ([], "5")
    assert "missing" in trailers["grpc-message"]


def test_only_known_pages_may_call(gateway: Gateway) -> None:
    """CORS: a browser that asks first is answered for the pages in GATEWAY_ORIGINS and for no other."""
    asked = {"access-control-request-method": "POST"}
    for path in (BOOKS, f"/{SERVICE}/GetBook"):
        ours = gateway.ask("OPTIONS", path, headers={"origin": "https://app.example", **asked})
        assert (ours.status, ours.headers["access-control-allow-origin"]) == (200, "https://app.example")
        theirs = gateway.ask("OPTIONS", path, headers={"origin": "https://evil.example", **asked})
        assert "access-control-allow-origin" not in theirs.headers


async def test_grpc_passes_as_it_is(gateway: Gateway, pb: Any) -> None:
    """Calls with and without streams, an error with its details, an unknown method."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{gateway.port}") as channel:
        get: Any = channel.unary_unary(f"/{SERVICE}/GetBook", None, pb("Book").FromString)
        assert (await get(pb("GetBookRequest", name="x").SerializeToString())).name == "x"
        watch: Any = channel.unary_stream(f"/{SERVICE}/WatchBooks", None, pb("Book").FromString)
        request = pb("WatchBooksRequest", count=3).SerializeToString()
        assert [book.pages async for book in watch(request)] == [0, 1, 2]
        add: Any = channel.stream_unary(f"/{SERVICE}/AddBooks", None, pb("ListBooksReply").FromString)
        assert len((await add(iter([pb("Book").SerializeToString()] * 3))).books) == 3
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await get(pb("GetBookRequest", name="missing").SerializeToString())
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
        assert "grpc-status-details-bin" in dict(refused.value.trailing_metadata() or ())
        unknown: Any = channel.unary_unary("/acme.library.v1.Library/Burn")
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await unknown(b"")
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_too_many_calls_are_refused(library: Library, tmp_path: Path) -> None:
    """Beyond GATEWAY_RATE_LIMIT calls end with RESOURCE_EXHAUSTED, and with 429 over REST."""
    with (
        library.running(tmp_path / "log") as service,
        running(library, tmp_path, {"GATEWAY_UPSTREAMS": f"127.0.0.1:{service.port}", "GATEWAY_RATE_LIMIT": 5}) as slow,
    ):
        async with grpc.aio.insecure_channel(f"127.0.0.1:{slow.port}") as channel:
            peek: Any = channel.unary_unary(f"/{SERVICE}/Peek")
            ends = await asyncio.gather(*(peek(b"") for _ in range(50)), return_exceptions=True)
        assert {end.code().name for end in ends if isinstance(end, grpc.aio.AioRpcError)} == {"RESOURCE_EXHAUSTED"}
        assert 5 <= sum(isinstance(end, bytes) for end in ends) <= 15
        assert 429 in {slow.ask("GET", "/v1/peek").status for _ in range(20)}


# --------------------------------------------------------------------------------------------- TLS


async def test_tls_on_both_sides(library: Library, pb: Any, tmp_path: Path) -> None:
    """Callers see the gateway's certificate, the service sees the gateway's; either without one is refused."""
    authority = CertificateAuthority()
    ca = str(authority.write(tmp_path))
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    server = authority.issue("library", LOCALHOST, address).write(tmp_path, "server")
    caller = authority.issue("gateway", spiffe("mesh/gateway")).write(tmp_path, "gateway")
    front = authority.issue("front", LOCALHOST).write(tmp_path, "front")
    with library.running(tmp_path / "log", CA_CERT_FILE=ca, **server) as service:
        settings = {
            "GATEWAY_UPSTREAMS": f"127.0.0.1:{service.port}",
            "GATEWAY_UPSTREAM_CA_FILE": ca,
            "GATEWAY_UPSTREAM_CERT_FILE": caller["TLS_CERT_FILE"],
            "GATEWAY_UPSTREAM_KEY_FILE": caller["TLS_KEY_FILE"],
            "GATEWAY_TLS_CERT_FILE": front["TLS_CERT_FILE"],
            "GATEWAY_TLS_KEY_FILE": front["TLS_KEY_FILE"],
        }
        with running(library, tmp_path, settings) as secure:
            trusted = grpc.ssl_channel_credentials(authority.certificate)
            async with grpc.aio.secure_channel(f"localhost:{secure.port}", trusted) as channel:
                get: Any = channel.unary_unary(f"/{SERVICE}/GetBook", None, pb("Book").FromString)
                assert (await get(pb("GetBookRequest", name="x").SerializeToString())).name == "x"
            with pytest.raises(OSError, match=r"."):
                secure.ask("GET", "/healthz")
        unknown = {**settings, "GATEWAY_UPSTREAM_CERT_FILE": "", "GATEWAY_UPSTREAM_KEY_FILE": ""}
        with running(library, tmp_path, unknown, 0) as refused:
            await asyncio.sleep(1)
            assert refused.healthy() == 0
