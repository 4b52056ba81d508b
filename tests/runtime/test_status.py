"""The status that a caller sees for an exception: of any package, of a library, or of a group."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import grpc
import pytest
import pytest_asyncio
from google.protobuf.descriptor_pb2 import UninterpretedOption
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo, ResourceInfo
from google.rpc.status_pb2 import Status as RpcStatus

from pyservice_runtime import errors
from pyservice_runtime.core import Context, Method
from pyservice_runtime.core.call import ANONYMOUS, ServerCall
from pyservice_runtime.core.status import DETAILS_KEY, Status, leaves, status_of
from pyservice_runtime.interceptors.authentication import _OptionalAuthentication
from pyservice_runtime.server.status_mapping import _decisive
from pyservice_runtime.testing.calls import begin

from .probe_client import ProbeClient
from .probe_service import (
    ECHO,
    LIST,
    Behavior,
    ProbeService,
    probe_service,
    raises,
    registry,
    settings_for_tests,
    text,
    until,
)
from .second_copy import SecondCopy

pytestmark = pytest.mark.asyncio(loop_scope="module")

Code = grpc.StatusCode

Outcome: TypeAlias = tuple[Code, str]

FAULT = Code.INTERNAL, "internal error; request id r-1"
"""The outcome of a bug."""

NOT_FOUND = Code.NOT_FOUND, "order 7 was not found"

NO_RESPONSE = "a service that this one depends on did not respond"


class LibraryError(Exception):
    """An error of a library that has never heard of this runtime."""

    def __init__(self, code: object, message: object, details: object = (), rpc: object = "") -> None:
        super().__init__("secret")
        self.code, self.message, self.details, self.rpc = code, message, details, rpc


class WithoutOrigin(Exception):
    """An error with the attributes that it has to have, and no others."""

    code, message, details = Code.ABORTED, "the cart was changed", [ErrorInfo(reason="CHANGED")]


class RaisingCode(Exception):
    """An error whose code cannot be read."""

    message, details = "secret", ()

    @property
    def code(self) -> Code:
        """Raises."""
        raise RuntimeError("secret")


class ChangingCode(Exception):
    """An error whose code is another one each time."""

    message, details = "it changes", ()

    def __init__(self) -> None:
        self._codes = iter((Code.ABORTED, Code.OK, "secret"))

    @property
    def code(self) -> object:
        """The next code."""
        return next(self._codes)


class Endless(Sequence[Message]):
    """Details that cannot be read."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, _: Any) -> Any:
        raise RuntimeError("secret")


def returned(error: Any) -> Any:
    """An error that another service returned."""
    error.rpc = "other.Service/Method"
    return error


Make: TypeAlias = Callable[[Any], BaseException]
"""Makes an exception; it gets the errors of another package."""

SHAPES: dict[str, tuple[Make, Outcome]] = {
    "own": (lambda _: errors.NotFound("order", 7), NOT_FOUND),
    "of another package": (lambda other: other.NotFound("order", 7), NOT_FOUND),
    "of a library": (lambda _: LibraryError(Code.ABORTED, "no", [ErrorInfo()]), (Code.ABORTED, "no")),
    "without an origin": (lambda _: WithoutOrigin(), (Code.ABORTED, "the cart was changed")),
    "of an unknown kind": (lambda _: LibraryError(Code.UNKNOWN, "no"), (Code.UNKNOWN, "no")),
    "that changes": (lambda _: ChangingCode(), (Code.ABORTED, "it changes")),
    "too long": (lambda _: LibraryError(Code.ABORTED, "é" * 9999), (Code.ABORTED, "é" * 254 + "...")),
    "too long, own": (lambda _: errors.Aborted("é" * 9999), (Code.ABORTED, "é" * 254 + "...")),
    "of half characters": (lambda _: LibraryError(Code.ABORTED, "\ud800no", [ErrorInfo()]), (Code.ABORTED, "?no")),
    "returned to another": (lambda other: returned(other.NotFound("secret", 7)), FAULT),
    "unavailable to another": (lambda other: returned(other.Unavailable("secret")), (Code.UNAVAILABLE, NO_RESPONSE)),
    "late for another": (
        lambda other: returned(other.DeadlineExceeded("secret")),
        (Code.DEADLINE_EXCEEDED, NO_RESPONSE),
    ),
}
"""Exceptions with a status, and what callers see."""

MALFORMED: dict[str, Make] = {
    "an OK": lambda _: LibraryError(Code.OK, "secret"),
    "an own OK": lambda _: type("Odd", (errors.StatusError,), {"code": Code.OK})("secret"),
    "a number as code": lambda _: LibraryError(5, "secret"),
    "a name as code": lambda _: LibraryError("NOT_FOUND", "secret"),
    "a method as code": lambda _: grpc.aio.AioRpcError(Code.NOT_FOUND, grpc.aio.Metadata(), grpc.aio.Metadata()),
    "no message": lambda _: LibraryError(Code.NOT_FOUND, None),
    "bytes as message": lambda _: LibraryError(Code.NOT_FOUND, b"secret"),
    "no details": lambda _: LibraryError(Code.NOT_FOUND, "secret", None),
    "a text as details": lambda _: LibraryError(Code.NOT_FOUND, "secret", ""),
    "bytes as details": lambda _: LibraryError(Code.NOT_FOUND, "secret", b""),
    "an iterator as details": lambda _: LibraryError(Code.NOT_FOUND, "secret", iter(())),
    "texts in details": lambda _: LibraryError(Code.NOT_FOUND, "secret", [ErrorInfo(), "secret"]),
    "types in details": lambda _: LibraryError(Code.NOT_FOUND, "secret", [ErrorInfo]),
    "own with texts in details": lambda _: errors.StatusError("secret", ["secret"]),  # type: ignore[list-item]
    "a detail without its required fields": lambda _: LibraryError(
        Code.NOT_FOUND, "secret", [UninterpretedOption.NamePart()]
    ),
    "details that raise": lambda _: LibraryError(Code.NOT_FOUND, "secret", Endless()),
    "an origin that is not a text": lambda _: LibraryError(Code.NOT_FOUND, "secret", (), 7),
    "a code that raises": lambda _: RaisingCode("secret"),
    "no code": lambda _: KeyError("secret"),
}
"""Exceptions that are bugs, because their status could not be sent."""

GROUPS: dict[str, tuple[Make, Outcome]] = {
    "of one": (lambda _: group(errors.NotFound("order", 7)), NOT_FOUND),
    "of several": (lambda _: group(errors.NotFound("order", 7), errors.Aborted("second")), NOT_FOUND),
    "of another package": (lambda other: group(other.NotFound("order", 7)), NOT_FOUND),
    "nested": (lambda other: group(group(group(other.NotFound("order", 7))), errors.Aborted("second")), NOT_FOUND),
    "with a bug": (lambda _: group(errors.NotFound("secret", 7), RuntimeError("secret")), FAULT),
    "with a bug, first": (lambda _: group(RuntimeError("secret"), errors.NotFound("secret", 7)), FAULT),
    "with a bug, nested": (lambda _: group(errors.NotFound("secret", 7), group(group(KeyError("secret")))), FAULT),
    "of bugs": (lambda _: group(RuntimeError("secret")), FAULT),
    "returned": (lambda _: group(returned(errors.NotFound("secret", 7))), FAULT),
    "unavailable": (lambda other: group(returned(other.Unavailable("secret"))), (Code.UNAVAILABLE, NO_RESPONSE)),
    "own, then returned": (lambda _: group(errors.NotFound("order", 7), returned(errors.Aborted("x"))), NOT_FOUND),
    "returned, then own": (lambda _: group(returned(errors.Aborted("secret")), errors.NotFound("order", 7)), FAULT),
    "with a cancelled part": (lambda _: group(asyncio.CancelledError(), errors.NotFound("order", 7)), NOT_FOUND),
    "with a cancelled group": (
        lambda _: group(group(asyncio.CancelledError()), group(errors.NotFound("order", 7))),
        NOT_FOUND,
    ),
    "with a cancelled part and a bug": (lambda _: group(asyncio.CancelledError(), RuntimeError("secret")), FAULT),
    "with a shape of its own": (
        lambda _: type("Many", (ExceptionGroup,), {"code": Code.DATA_LOSS, "details": ()})("two", [KeyError("secret")]),
        (Code.DATA_LOSS, "two"),
    ),
}
"""Groups of exceptions, and what callers see."""


def group(*inner: BaseException) -> BaseExceptionGroup[BaseException]:
    """A group of exceptions."""
    return BaseExceptionGroup("secret", inner)


async def missing() -> None:
    """Find nothing."""
    raise errors.NotFound("order", 7)


async def gathers(context: Context) -> None:
    """Do two things in a task group: one waits, and the other one fails."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.sleep(60))
        tasks.create_task(missing())


async def gathers_gatherings(context: Context) -> None:
    """Do the same within another task group."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(gathers(context))


async def gathers_with_a_bug(context: Context) -> None:
    """Fail, where another task fails for it."""

    async def cleanup() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise KeyError("secret") from None

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(cleanup())
        tasks.create_task(missing())


async def aborts_in_a_group(context: Context) -> None:
    """End the call in a task."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(context.abort(Code.ABORTED, "by hand"))


async def aborts_with_a_bug(context: Context) -> None:
    """End the call, and fail."""
    try:
        await context.abort(Code.ABORTED, "by hand")
    except grpc.aio.AbortError as error:
        raise group(error, RuntimeError("secret")) from None


BEHAVIORS: dict[str, tuple[Behavior, Outcome]] = {
    "task group": (gathers, NOT_FOUND),
    "task groups": (gathers_gatherings, NOT_FOUND),
    "task group with a bug": (gathers_with_a_bug, FAULT),
    "task group that aborts": (aborts_in_a_group, (Code.ABORTED, "by hand")),
    "group that aborts, and a bug": (aborts_with_a_bug, (Code.ABORTED, "by hand")),
}

MADE: dict[str, tuple[Make, Outcome]] = {
    **SHAPES,
    **{name: (make, FAULT) for name, make in MALFORMED.items()},
    **{f"group {name}": case for name, case in GROUPS.items()},
}

ENDS: dict[str, Outcome] = {name: outcome for name, (_, outcome) in (*MADE.items(), *BEHAVIORS.items())}

IS_LOGGED = {*(name for name, outcome in ENDS.items() if outcome is FAULT), "group that aborts, and a bug"}
"""What ends with a traceback in the log."""


def raising(make: Make, other: SecondCopy) -> Behavior:
    """A behavior that raises a new exception each time."""

    async def behavior(_: Context) -> None:
        raise make(other.errors)

    return behavior


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def probe_server(other: SecondCopy) -> AsyncIterator[ProbeService]:
    """A service whose handlers raise each of the exceptions."""
    behaviors = {name: raising(make, other) for name, (make, _) in MADE.items()}
    behaviors |= {name: behavior for name, (behavior, _) in BEHAVIORS.items()}
    behaviors["calls another"] = calls_another(other)
    async with probe_service(settings_for_tests(), ECHO, LIST, behaviors=behaviors) as probe_server:
        yield probe_server


@pytest.mark.parametrize("what", ENDS)
@pytest.mark.parametrize("rpc", [ECHO, LIST], ids=("response", "responses"))
async def test_what_a_caller_sees(
    probe_server: ProbeService, rpc: Method, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The status of a status error; INTERNAL without any text for all others, with a traceback in the log."""
    with caplog.at_level("INFO", "access"):
        end = await probe_server.call(rpc, what, metadata=[("x-request-id", "r-1")])
        await until(lambda: [record for record in caplog.records if record.name == "access"])
    assert (end.code, end.details) == ENDS[what]
    logged = [record for record in caplog.records if record.levelname == "ERROR" and record.name != "access"]
    assert [record.getMessage() for record in logged] == ["call failed"] * (what in IS_LOGGED)
    assert all(record.exc_info for record in logged)


@pytest.mark.parametrize("what", ["own", "of another package", "group of another package", "task group"])
async def test_details_are_sent(probe_server: ProbeService, what: str) -> None:
    """They are the same, whatever raised them."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await begin(probe_server.channel, ECHO, [text(what)])
    sent = dict(caught.value.trailing_metadata())[DETAILS_KEY]
    assert isinstance(sent, bytes)
    found = ResourceInfo()
    assert RpcStatus.FromString(sent).details[0].Unpack(found)
    assert (found.resource_type, found.resource_name) == ("order", "7")


def calls_another(other: SecondCopy) -> Behavior:
    """A behavior that calls this service by a client of another package, and lets its error pass."""

    class OtherClient(other.client.BaseClient):  # type: ignore[misc, name-defined]
        _registry, _service = registry(ECHO), ProbeClient._service

    async def behavior(context: Context) -> None:
        headers = dict(context.invocation_metadata() or ())
        async with OtherClient(headers["x-target"]) as client:
            rpc, wanted = client._rpcs["echo"], headers["x-wanted"]
            await rpc.unary(text(str(wanted)), {}, other.client.CallOptions())

    return behavior


@pytest.mark.parametrize(
    ("wanted", "outcome"),
    [
        ("own", FAULT),
        ("of a library", FAULT),
        ("no code", FAULT),
        ("unavailable to another", (Code.UNAVAILABLE, NO_RESPONSE)),
    ],
)
async def test_an_error_of_another_packages_client(probe_server: ProbeService, wanted: str, outcome: Outcome) -> None:
    """It is not forwarded, as if the client were one of this package."""
    metadata = [("x-request-id", "r-1"), ("x-target", probe_server.target), ("x-wanted", wanted)]
    end = await probe_server.call(ECHO, "calls another", metadata=metadata)
    assert (end.code, end.details) == outcome


# ------------------------------------------------------------------------------------ cancellations


CANCELLED_BY: dict[str, Callable[[BaseException], BaseException]] = {
    "itself": lambda cancelled: cancelled,
    "a group": lambda cancelled: group(cancelled),
    "a nested group": lambda cancelled: group(group(cancelled)),
    "a group with an error": lambda cancelled: group(errors.Aborted("never seen"), cancelled),
    "a group with a bug": lambda cancelled: group(RuntimeError("secret"), group(cancelled)),
}


@pytest.mark.parametrize("what", CANCELLED_BY)
@pytest.mark.parametrize("rpc", [ECHO, LIST], ids=("response", "responses"))
async def test_a_cancelled_call_stays_cancelled(rpc: Method, what: str, caplog: pytest.LogCaptureFixture) -> None:
    """Also where the cancellation arrives in a group: the service has not failed."""
    begun = []

    async def stays(_: Context) -> None:
        begun.append(True)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as cancelled:
            raise CANCELLED_BY[what](cancelled) from None

    async with probe_service(settings_for_tests(), rpc, behaviors={"stay": stays}) as probe_server:
        with caplog.at_level("INFO", "access"):
            call = begin(probe_server.channel, rpc, [text("stay")], timeout=30)
            reading = asyncio.ensure_future(anext(aiter(call)) if rpc is LIST else call)
            await until(lambda: begun)
            call.cancel()
            await until(lambda: [record for record in caplog.records if record.name == "access"])
        with pytest.raises(asyncio.CancelledError):
            await reading
    ends = [getattr(record, "code", "") for record in caplog.records if record.name == "access"]
    assert ends == ["CANCELLED"]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def awaits_a_cancelled_task(_: Context) -> None:
    """Wait for a task that ends without a result."""
    task = asyncio.create_task(asyncio.sleep(60))
    asyncio.get_running_loop().call_soon(task.cancel)
    await task


PARTS: dict[str, Behavior] = {
    "one": awaits_a_cancelled_task,
    "group": raises(group(asyncio.CancelledError(), group(asyncio.CancelledError()))),
}


@pytest.mark.parametrize("what", PARTS)
@pytest.mark.parametrize("rpc", [ECHO, LIST], ids=("response", "responses"))
async def test_a_part_that_is_cancelled_is_a_bug(rpc: Method, what: str, caplog: pytest.LogCaptureFixture) -> None:
    """The caller must not wait for a call that has ended without being cancelled."""
    async with probe_service(settings_for_tests(), rpc, behaviors=PARTS) as probe_server:
        end = await probe_server.call(rpc, what, metadata=[("x-request-id", "r-1")], timeout=20)
    assert (end.code, end.details) == FAULT
    assert "call failed" in caplog.text


async def test_a_client_that_disconnects_in_a_group() -> None:
    """A write that fails in a task group is the client's end, not a bug."""
    unsent = raises(group(grpc.aio.InternalError("no"), errors.Aborted("never seen")))
    async with probe_service(settings_for_tests(), LIST, behaviors={"unsent": unsent}) as probe_server:
        assert (await probe_server.call(LIST, "unsent", timeout=0.1)).code is Code.DEADLINE_EXCEEDED


# ------------------------------------------------------------------------------------------ by shape


async def test_what_a_status_is() -> None:
    """It is read by the shape of an exception, and an exception that ends a program has none."""
    error = LibraryError(Code.ABORTED, "no", [ErrorInfo(reason="A")], "a/b")
    assert status_of(error) == Status(Code.ABORTED, "no", (ErrorInfo(reason="A"),), "a/b")
    interrupt = type("Interrupt", (KeyboardInterrupt,), {"code": Code.ABORTED, "message": "no", "details": ()})()
    for odd in (interrupt, group(interrupt), group(errors.Aborted("no"), interrupt), asyncio.CancelledError()):
        assert status_of(odd) is None
    assert status_of(group(asyncio.CancelledError())) is None


async def test_an_interrupt_in_a_group() -> None:
    """It is raised by itself, as the event loop expects it, and not sent to the caller as a bug."""
    interrupt = KeyboardInterrupt()
    assert _decisive(group(errors.Aborted("no"), group(asyncio.CancelledError(), interrupt))) is interrupt


async def test_leaves() -> None:
    """They come in order, whatever the depth."""
    first, second, third = KeyError(1), KeyError(2), KeyError(3)
    assert list(leaves(first)) == [first]
    assert list(leaves(group(group(first, group(second)), third))) == [first, second, third]


class Refusing:
    """An authenticator that refuses all credentials, at once or after a while."""

    def __init__(self, error: Exception, late: bool) -> None:
        self._error, self._late = error, late

    def __call__(self, call: ServerCall) -> Awaitable[None] | None:
        """Raise the error, or return what raises it."""
        if self._late:
            return self._fail()
        raise self._error

    async def _fail(self) -> None:
        raise self._error


@pytest.mark.parametrize("late", [False, True])
async def test_a_refusal_of_a_public_method(other: SecondCopy, late: bool) -> None:
    """Credentials that are refused by a status error of any package leave the caller anonymous; a bug does not."""

    async def authenticate(error: Exception) -> None:
        call = ServerCall("/s/m", ())
        pending = _OptionalAuthentication(Refusing(error, late))(call)
        if pending is not None:
            await pending
        assert call.principal is ANONYMOUS

    await authenticate(errors.Unauthenticated("no"))
    await authenticate(other.errors.Unauthenticated("no"))
    with pytest.raises(KeyError):
        await authenticate(KeyError("a bug"))
