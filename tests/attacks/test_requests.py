"""Calls that no client would make: bytes, sizes, names and headers of a stranger's choice."""

import gzip
import time
from typing import Any

import pytest
from grpc_reflection.v1alpha import reflection_pb2
from hyperframe.frame import ContinuationFrame, Frame, HeadersFrame

from tests.attacks.attack import assert_survives
from tests.attacks.harness import MIB, ServerUnderAttack, call
from tests.attacks.targets import ONCE
from tests.attacks.wire import Ended, Headers, connected, data, message, reset

HEALTH = "/grpc.health.v1.Health/"
REFLECTION = (
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
)
INVALID, EXHAUSTED, UNIMPLEMENTED, LATE = "3", "8", "12", "4"


def sent(server: ServerUnderAttack, path: str, body: bytes, *extra: tuple[str, str], last: bool = True) -> Ended:
    """What became of a call whose DATA is this."""
    with connected(server.port) as wire:
        headers = [("authorization", server.authorization), *extra]
        wire.send(wire.call(1, path, headers), *data(1, body, last))
        return wire.until(1)


@ONCE
@pytest.mark.parametrize(
    "path", ["/no.such.Service/Call", "SERVICE/NoSuchCall", "/", "no-slash", "*", "/" + "x" * 3000]
)
def test_an_unknown_method_is_unimplemented(server: ServerUnderAttack, path: str) -> None:
    """Every unknown path gets the same status and details, which do not repeat the path."""
    known = server.method("unary").path.rpartition("/")[0]
    ended = sent(server, path.replace("SERVICE", known), message(b""))
    assert (ended.status, ended.headers["grpc-message"]) == (UNIMPLEMENTED, "Method not found!")


@pytest.mark.parametrize("kind", ["unary", "replies", "requests", "both"])
def test_bytes_that_are_no_message_are_an_invalid_argument(server: ServerUnderAttack, kind: str) -> None:
    """Reading them ends the call, with the message's name and without the parser's words."""
    ended = sent(server, server.method(kind).path, message(b"\xff" * 100))
    assert ended.status == INVALID
    assert "Error parsing" not in str(ended.headers)


@ONCE
@pytest.mark.parametrize("rpc", ["Check", "Watch"])
@pytest.mark.parametrize("body", [b"\xff" * 3, b"\n\xff\xff\x03" + b"x" * 65535], ids=["garbage", "a long name"])
def test_health_takes_no_garbage(server: ServerUnderAttack, rpc: str, body: bytes) -> None:
    """Probes are open to strangers: neither do they hear an exception's text nor does the log fill with them."""
    ended = sent(server, HEALTH + rpc, message(body))
    assert (ended.status, ended.headers["grpc-message"]) == (
        INVALID,
        "cannot decode the request as grpc.health.v1.HealthCheckRequest",
    )


@ONCE
@pytest.mark.parametrize("path", REFLECTION)
@pytest.mark.parametrize("body", [b"\xff" * 3, b"\x22\xff\xff\x03" + b"x" * 65535], ids=["garbage", "a long name"])
def test_reflection_takes_no_garbage(server: ServerUnderAttack, path: str, body: bytes) -> None:
    """So is reflection: the answer is its own kind of error, in the stream."""
    ended = sent(server, path, message(body))
    assert ended.status == "0"
    reply = reflection_pb2.ServerReflectionResponse.FromString(ended.data[5:])
    assert reply.error_response.error_code == int(INVALID)


ODD: dict[str, dict[str, Any]] = {
    "a file": {"file_by_filename": "../../etc/passwd"},
    "a symbol": {"file_containing_symbol": "a..b"},
    "an extension": {"file_containing_extension": {"containing_type": "google.protobuf.Any", "extension_number": -1}},
    "extensions": {"all_extension_numbers_of_type": "\0"},
    "nothing": {},
}


@ONCE
@pytest.mark.parametrize("case", ODD)
def test_reflection_takes_odd_questions(server: ServerUnderAttack, case: str) -> None:
    """A name that cannot be is not found."""
    request = reflection_pb2.ServerReflectionRequest(**ODD[case])
    ended = sent(server, REFLECTION[0], message(request.SerializeToString()))
    reply = reflection_pb2.ServerReflectionResponse.FromString(ended.data[5:])
    assert (ended.status, reply.error_response.error_code in (3, 5)) == ("0", True)


SIZES: dict[str, bytes] = {
    "a message": message(b"x" * 300_000),
    "the promise of 4 GiB": b"\0\xff\xff\xff\xff",
}


@pytest.mark.parametrize("kind", ["unary", "requests", "both"])
@pytest.mark.parametrize("case", SIZES)
def test_an_oversized_message_is_refused(server: ServerUnderAttack, case: str, kind: str) -> None:
    """MAX_MESSAGE_BYTES holds, and nothing is set aside for what is only announced."""
    before = server.memory()
    ended = sent(server, server.method(kind).path, SIZES[case], last=False)
    assert ended.status == EXHAUSTED
    assert server.memory() - before < 16 * MIB


@ONCE
def test_a_decompression_bomb_is_refused(server: ServerUnderAttack) -> None:
    """A thousand times larger than it looks: its size is looked at while it unfolds, not afterwards."""
    bomb = message(gzip.compress(b"\0" * 64 * MIB, 9), compressed=True)
    assert len(bomb) < 100_000
    path, encoding = server.method("unary").path, ("grpc-encoding", "gzip")

    def attack() -> None:
        for _ in range(5):
            assert sent(server, path, bomb, encoding).status == EXHAUSTED

    assert_survives(server, attack, most=32)


@ONCE
@pytest.mark.parametrize(
    "case", [(1, 20_000), (100, 1000), (5000, 10)], ids=["one long", "many", "very many that are short"]
)
def test_oversized_metadata_is_refused(server: ServerUnderAttack, case: tuple[int, int]) -> None:
    """RESOURCE_EXHAUSTED before any of our code sees it, and the connection goes on."""
    count, size = case
    with connected(server.port) as wire:
        bomb = [(f"x-{number}", "y" * size) for number in range(count)]
        wire.send(*_headers(1, wire.headers(server.method("unary").path, bomb)))
        assert wire.until(1).status == EXHAUSTED


def _headers(stream: int, block: bytes) -> list[Frame]:
    """A header block in as many frames as it needs."""
    first: list[Frame] = [HeadersFrame(stream, data=block[:16384], flags=["END_STREAM"])]
    rest = [ContinuationFrame(stream, data=block[at : at + 16384]) for at in range(16384, len(block), 16384)]
    frames = first + rest
    frames[-1].flags.add("END_HEADERS")
    return frames


UNREADABLE: dict[str, Headers] = {
    "a timeout": [("grpc-timeout", "forever")],
    "a compression": [("grpc-encoding", "lzma")],
    "bytes in no base64": [("x-bin", "***")],
    "a line break": [("x-request-id", "a\r\nlevel: error")],
    "a content type": [("content-type", "text/html")],
    "two paths": [(":path", "/a/b")],
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_malformed_headers_are_harmless(server: ServerUnderAttack, case: str) -> None:
    """The call ends, somehow; nothing of the header is in the log, and the next caller is answered."""
    with connected(server.port) as wire:
        headers = [*UNREADABLE[case], ("authorization", server.authorization)]
        body = message(server.method("unary").requests[0])
        wire.send(wire.call(1, server.method("unary").path, headers), *data(1, body))
        ended = wire.until(1, 5)
        assert ended.status is not None or ended.reset is not None or wire.closed
    assert "\nlevel: error" not in server.said()
    with server.channel() as channel:
        assert call(channel, server.method("unary"), server.authorization) == ("OK", "")


@pytest.mark.parametrize("kind", ["unary", "replies"])
@pytest.mark.parametrize("body", [b"", b"\0\0\0\4\0half"], ids=["no request", "half a request"])
def test_a_request_that_never_comes_is_not_waited_for(server: ServerUnderAttack, kind: str, body: bytes) -> None:
    """A call without a deadline whose request stays away ends by ours, and counts as one until then."""
    path = server.method(kind).path
    with connected(server.port) as wire:
        start = time.monotonic()
        wire.send(
            wire.call(1, path, [("authorization", server.authorization)]), *(data(1, body, False) if body else [])
        )
        wire.receive(0.5)
        assert server.scrape().value("rpc_server_active_calls", rpc_method=path[1:]) == 1
        assert wire.until(1).status == LATE
        assert 1.5 < time.monotonic() - start < 8


def test_a_call_without_a_request_is_refused(server: ServerUnderAttack) -> None:
    """A client that closes its side at once gets an answer."""
    assert sent(server, server.method("unary").path, b"").status == INVALID


@pytest.mark.parametrize("kind", ["unary", "replies", "requests", "both"])
def test_a_disconnected_caller_leaves_no_traceback(server: ServerUnderAttack, kind: str) -> None:
    """Refusing a call that is over already fails inside grpc; that does not fill the log."""
    method = server.method(kind)
    with connected(server.port) as wire:
        for number in range(400):
            stream = 2 * number + 1
            token = server.metadata if number % 2 else []
            late = [("grpc-timeout", ("1n", "100u", "1m", "2m")[number // 2 % 4])]
            wire.send(wire.call(stream, method.path, [*token, *late]), *data(stream, message(b"\xff")))
            if number % 3 == 0:
                wire.send(reset(stream))
        wire.receive(0.5)
    assert "Traceback" not in server.said()
