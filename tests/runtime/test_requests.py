"""What becomes of a request: it is checked, and its caller hears what a handler means to say."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from unittest import mock

import grpc
import pytest
import pytest_asyncio
from google.protobuf import field_mask_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from pyservice_runtime.core import Method, errors
from pyservice_runtime.core.context import Context
from pyservice_runtime.core.registry import Kind
from pyservice_runtime.core.status import DETAILS_KEY, status_metadata
from pyservice_runtime.interceptors import audit
from pyservice_runtime.interceptors.validation.validation import Validation
from pyservice_runtime.server import StartError
from pyservice_runtime.server.chain import InterceptorChain
from pyservice_runtime.server.rpc_router import RpcRouter
from pyservice_runtime.testing.calls import begin, call

from .probe_messages import Item, Note, Order
from .probe_rules import ruled_types
from .probe_service import (
    ECHO,
    INFO,
    LIST,
    Behavior,
    ProbeService,
    ProbeServicer,
    method,
    probe_service,
    raises,
    registry,
    settings_for_tests,
    text,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

Code = grpc.StatusCode


# --------------------------------------------------------------------------------- what is answered


async def nothing(_: Context) -> Any:
    """Return a value that is not a response message."""
    return 7


async def another_message(_: Context) -> Any:
    """A handler whose response is of a type that the method does not have."""
    return Note(item=Item(label="secret"))


async def aborts(context: Context) -> None:
    """A handler that says it to grpc."""
    await context.abort(Code.ABORTED, "by hand")


async def aborts_with_ok(context: Context) -> None:
    """A handler that ends its call with no error, which grpc would never end."""
    await context.abort(Code.OK, "secret")


async def goes_on(context: Context) -> None:
    """A handler that swallows what ends it."""
    try:
        await context.abort(Code.ABORTED, "by hand")
    except grpc.aio.AbortError:
        raise RuntimeError("secret") from None


async def sets_a_code(context: Context) -> str:
    """A handler that answers, and says that it did not."""
    context.set_code(Code.DATA_LOSS)
    return "half of it"


async def odd_metadata(context: Context) -> None:
    """A handler that gives what cannot be sent."""
    context.set_trailing_metadata((("Not Lower", "x"),))
    raise errors.Aborted("never seen")


def back(error: errors.StatusError) -> errors.StatusError:
    """An error that came back from a service that this one called."""
    error.rpc = "other.Service/Method"
    return error


FAULT = Code.INTERNAL, "internal error; request id r-1"

ENDS: dict[str, tuple[Behavior, tuple[Code, str]]] = {
    "fails": (raises(RuntimeError("secret")), FAULT),
    "answers with nothing": (nothing, FAULT),
    "answers with another message": (another_message, FAULT),
    "refuses": (raises(errors.NotFound("order", 7)), (Code.NOT_FOUND, "order 7 was not found")),
    "cannot call": (
        raises(back(errors.Unavailable("secret"))),
        (Code.UNAVAILABLE, "a service that this one depends on did not respond"),
    ),
    "lets an error of another pass": (raises(back(errors.NotFound("secret", 1))), FAULT),
    "aborts with OK": (aborts_with_ok, FAULT),
    "aborts": (aborts, (Code.ABORTED, "by hand")),
    "aborts and goes on": (goes_on, (Code.ABORTED, "by hand")),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def probe_server() -> AsyncIterator[ProbeService]:
    """A service with handlers that fail."""
    behaviors = {name: behavior for name, (behavior, _) in ENDS.items()}
    more: dict[str, Behavior] = {"code": sets_a_code, "metadata": odd_metadata}
    more["unsent"] = raises(grpc.aio.InternalError("no"))
    async with probe_service(
        settings_for_tests(), ECHO, LIST, AUDITED, CHECKED, behaviors={**behaviors, **more}
    ) as probe_server:
        yield probe_server


AUDITED = method("Audited", Kind.STREAM_UNARY, audit=True)


@pytest.mark.parametrize("what", ENDS)
@pytest.mark.parametrize("rpc", [ECHO, LIST], ids=("reply", "replies"))
async def test_what_a_caller_hears(probe_server: ProbeService, rpc: Method, what: str) -> None:
    """What a handler means to say, and no text of any other exception."""
    end = await probe_server.call(rpc, what, metadata=[("x-request-id", "r-1")])
    assert (end.code, end.details) == ENDS[what][1]


@pytest.mark.parametrize("rpc", [ECHO, LIST], ids=("response", "responses"))
async def test_a_handler_that_aborts_is_no_fault(
    probe_server: ProbeService, rpc: Method, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has its status, and no traceback."""
    with caplog.at_level("INFO", "access"):
        await probe_server.call(rpc, "aborts")
        await until(lambda: [record for record in caplog.records if record.name == "access"])
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert "ABORTED" in vars(caplog.records[0]).values()


async def test_what_cannot_be_sent(probe_server: ProbeService, caplog: pytest.LogCaptureFixture) -> None:
    """Invalid trailing metadata of a handler is reported in the log."""
    assert (await probe_server.call(ECHO, "metadata")).code not in (Code.OK, Code.ABORTED)
    assert "response not sent: invalid key or value in trailing metadata" in caplog.text


async def test_a_reply_that_cannot_be_written(probe_server: ProbeService) -> None:
    """Mostly the client has disconnected, and the response cannot be sent."""
    assert (await probe_server.call(LIST, "unsent", timeout=0.1)).code is Code.DEADLINE_EXCEEDED


async def test_a_write_that_fails_for_another_reason(probe_server: ProbeService) -> None:
    """Where no cancellation follows, the fault is the service's own."""
    end = await probe_server.call(LIST, "unsent", metadata=[("x-request-id", "r-1")])
    assert (end.code, end.details) == FAULT


async def test_a_refusal_after_the_client_disconnected(caplog: pytest.LogCaptureFixture) -> None:
    """An error after the client disconnected is logged with the status of the client, without a traceback."""
    begun = []

    async def refuses(_: Context) -> None:
        begun.append(True)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise errors.Aborted("never seen") from None

    def ends() -> list[str]:
        return [getattr(record, "code", "") for record in caplog.records if record.name == "access"]

    async with probe_service(settings_for_tests(), ECHO, behaviors={"stay": refuses}) as probe_server:
        with caplog.at_level("INFO", "access"):
            gone = begin(probe_server.channel, ECHO, [text("stay")], timeout=30)
            await until(lambda: begun)
            gone.cancel()
            await until(ends)
    assert ends() == ["CANCELLED"]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_what_grpc_registers_is_not_awaited() -> None:
    """It only looks as if, so that grpc finds out at once that it is asynchronous."""
    chain = InterceptorChain((), settings_for_tests())
    router = RpcRouter(INFO, [(registry(ECHO).services[0], ProbeServicer())], chain)
    served: Any = router.service(mock.Mock(method=ECHO.path, invocation_metadata=()))
    with pytest.raises(TypeError, match="call the function"):
        await served.stream_unary


async def test_a_code_that_was_set(probe_server: ProbeService) -> None:
    """A handler may say how a call ended without raising anything."""
    assert [(await probe_server.call(rpc, "code")).code for rpc in (ECHO, LIST)] == [Code.DATA_LOSS] * 2


async def test_a_request_id_is_harmless(probe_server: ProbeService) -> None:
    """One that could break a line of the log is replaced."""
    end = await probe_server.call(ECHO, "fails", metadata=[("x-request-id", "a b")])
    assert end.code is Code.INTERNAL
    assert "a b" not in end.details


async def test_no_step_keeps_another_from_its_turn(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interceptor that fails after a call is reported in the log, and not to the caller."""

    def fails(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(audit, "_event", fails)
    async with probe_service(settings_for_tests(), AUDITED) as probe_server:
        assert (await probe_server.call(AUDITED)).code is Code.OK
    assert "on_end hook of pyservice.probe.v1.Probe/Audited failed" in caplog.text


class Unfinished(ProbeServicer):
    """A handler without logic, and with a method that was single when it was written."""

    async def list(self, request: Any, context: Context) -> Any:
        """Not a stream."""
        return text("never seen")


async def test_handlers_that_are_not_there_yet() -> None:
    """Their callers hear where to write them, whatever the request is."""
    async with probe_service(settings_for_tests(), ECHO, LIST, handler=Unfinished()) as probe_server:
        for rpc, place in ((ECHO, "add echo"), (LIST, "test_requests.py:")):
            end = await probe_server.call(rpc)
            assert end.code is Code.UNIMPLEMENTED
            assert f"{rpc.path[1:]} is not written yet: " in end.details
            assert place in end.details


# --------------------------------------------------------------------------------------- validation

CHECKED = method("Checked", request=Order)

FINE: dict[str, Any] = {"name": "a", "color": 1, "main": Item(label="b"), "mail": "c"}

MISSING: dict[str, tuple[Any, set[str]]] = {
    "nothing": (Order(**FINE), set()),
    "all": (Order(), {"name", "color", "main", "way"}),
    "in a list": (Order(**FINE, items=[Item(label="a"), Item()]), {"items[1].label"}),
    "in a map": (Order(**FINE, named={"a": Item()}), {'named["a"].label'}),
    "in what requires nothing": (Order(**FINE, note=Note(item=Item())), {"note.item.label"}),
    "in circles": (
        Order(**FINE, items=[Item(label="a", order=Order(**{**FINE, "name": ""}))]),
        {"items[0].order.name"},
    ),
    "what is updated": (
        Order(**{**FINE, "main": Item()}, update_mask=field_mask_pb2.FieldMask(paths=["order"])),
        set(),
    ),
    "what an update names": (
        Order(**{**FINE, "main": Item()}, update_mask=field_mask_pb2.FieldMask(paths=["label"])),
        {"main.label"},
    ),
}


@pytest.mark.parametrize("what", MISSING)
async def test_what_is_required(probe_server: ProbeService, what: str) -> None:
    """A refusal names every field that is missing, and an update need not repeat a message."""
    request, missing = MISSING[what]
    end = await call(probe_server.channel, CHECKED, request)
    assert end.code is (Code.INVALID_ARGUMENT if missing else Code.OK), end.details
    assert set(end.violations) == missing


REFUSED: dict[str, list[tuple[dict[str, Any], set[str]]]] = {
    "Simple": [
        ({"size": 2}, set()),
        ({"size": 1}, {"size"}),
        ({"size": 5, "name": "a"}, {"name"}),
        ({"size": 9, "name": ""}, {"size", "name"}),
    ],
    "Formats": [
        ({"mail": "a@example.com", "far": 7}, set()),
        ({"mail": "a", "far": 3}, {"mail", "far"}),
        ({"mail": "a" * 20_000}, {"mail"}),
    ],
    "Bounded": [
        ({"size": 5, "name": "ab"}, set()),
        ({"size": 1, "name": "abcd", "tags": ["a", "b"]}, set()),
        ({"size": 0, "name": "ab"}, {"size"}),
        ({"size": 6, "name": "abcde", "tags": ["a", "b", "c"]}, {"size", "name", "tags"}),
        ({"size": 3}, {"name"}),
    ],
    "Known": [({"color": 1}, set()), ({"color": 9}, {"color"})],
    "Whole": [({"parts": [{"size": 2}]}, set()), ({"parts": [{"size": 1}]}, {"parts[0].size"})],
    "Divides": [({"by": 1}, set()), ({"by": 8}, {""}), ({"by": 7}, {""})],
}


@pytest.mark.parametrize("name", REFUSED)
async def test_rules(name: str) -> None:
    """Requests that break none pass, and a refusal names each field that breaks one."""
    check = Validation().hooks(method("Ruled", request=ruled_types()[name])).on_request
    assert check is not None
    for fields, wrong in REFUSED[name]:
        try:
            check(None, ruled_types()[name](**fields))  # type: ignore[arg-type]
            found: set[str] = set()
        except errors.InvalidArgument as error:
            found = set(error.violations)
        assert found == wrong, fields


async def test_rules_that_are_broken_stop_the_start() -> None:
    """Every request would fail by them."""
    with pytest.raises(StartError, match=r"the buf.validate rules of pyservice.probe.v1.Broken are invalid"):
        Validation().hooks(method("Ruled", request=ruled_types()["Broken"]))


# ------------------------------------------------------------------------------------------ errors

D = error_details_pb2

DETAILED: list[tuple[errors.StatusError, list[type[Message]]]] = [
    (errors.InvalidArgument({"a": "is b", "": "c"}), [D.BadRequest]),
    (errors.FailedPrecondition("no", kind="K", subject="s"), [D.PreconditionFailure]),
    (errors.AlreadyExists("order", 1, "there is one"), [D.ResourceInfo]),
    (errors.ResourceExhausted("no", retry_after=1.5, quota="q"), [D.RetryInfo, D.QuotaFailure]),
    (errors.Unavailable("no", retry_after=0), [D.RetryInfo]),
    (
        errors.StatusError("x" * 9999, [D.ErrorInfo(), D.Help(), D.ErrorInfo(reason="x" * 5000)]),
        [D.ErrorInfo, D.Help],
    ),
    (errors.StatusError("no", [D.ErrorInfo(reason="x" * 5000)]), []),
    (errors.InvalidArgument({f"field{n}": "is wrong" for n in range(1000)}), [D.BadRequest]),
]


@pytest.mark.parametrize(("error", "kinds"), DETAILED)
async def test_details(error: errors.StatusError, kinds: list[type[Message]]) -> None:
    """They travel with the status, as many as there is room for."""
    encoded = dict(status_metadata(error)).get(DETAILS_KEY, b"")
    status = status_pb2.Status.FromString(encoded)
    assert len(encoded) <= 4096
    assert [any(detail.Is(kind.DESCRIPTOR) for kind in kinds) for detail in status.details] == [True] * len(kinds)
    if kinds:
        assert (status.code, status.message) == (error.code.value[0], error.message)
