"""The errors themselves: they can be pickled and copied, and errors of other packages become own ones."""

import asyncio
import copy
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import grpc
import pytest
from google.protobuf.any_pb2 import Any as Packed
from google.rpc.error_details_pb2 import ErrorInfo

import pyservice_runtime.client
from pyservice_runtime import errors
from pyservice_runtime.client import CircuitOpen
from pyservice_runtime.core.errors_from_status import error_from_status
from pyservice_runtime.core.status import status_metadata, status_of

from .probe_client import METHODS, ProbeClient
from .probe_service import NAME, probe_service, raises, settings_for_tests, text
from .second_copy import SecondCopy

Code = grpc.StatusCode


class OutOfStock(errors.FailedPrecondition):
    """An error of a user's, with a constructor of its own."""

    def __init__(self, item: str, *, left: int) -> None:
        super().__init__(f"{item}: {left} left", kind="STOCK", subject=item)
        self.left = left


class Secret(errors.StatusError):
    """An error of a user's without a message of its own."""

    code = Code.PERMISSION_DENIED

    def __init__(self) -> None:
        super().__init__("it is secret", [ErrorInfo(reason="SECRET")])


EXAMPLES: list[errors.StatusError] = [
    errors.StatusError("no", [ErrorInfo(reason="A"), Packed(type_url="a/b.C", value=b"x")]),
    errors.InvalidArgument({"a": "is b", "": "c"}),
    errors.FailedPrecondition("no", kind="K", subject="s"),
    errors.OutOfRange("no"),
    errors.Unauthenticated("no"),
    errors.PermissionDenied("no"),
    errors.NotFound("order", 7),
    errors.AlreadyExists("order", 7, "there is one"),
    errors.Aborted("x" * 9999),
    errors.ResourceExhausted("no", retry_after=1.5, quota="q"),
    errors.ResourceExhausted("no"),
    errors.Unavailable("no", retry_after=2),
    errors.Unavailable("no"),
    errors.DeadlineExceeded("no"),
    errors.Cancelled("no"),
    errors.Internal("no"),
    errors.DataLoss("no"),
    errors.Unimplemented("no"),
    CircuitOpen("no", retry_after=3),
    OutOfStock("tea", left=2),
    Secret(),
]
"""An error of each class, and of each form that it can have."""


def exceptions(face: Any) -> set[type]:
    """The exceptions of a public module."""
    members = (getattr(face, name) for name in face.__all__)
    return {member for member in members if isinstance(member, type) and issubclass(member, BaseException)}


def test_each_class_has_an_example() -> None:
    """So that the tests below are about all public errors."""
    public = exceptions(errors) | exceptions(pyservice_runtime.client)
    assert CircuitOpen in public
    assert errors.StatusError in public
    assert public == {type(error) for error in EXAMPLES} - {OutOfStock, Secret}


def marked(error: errors.StatusError) -> errors.StatusError:
    """The error with what a client and a caller may add to it."""
    error = copy.copy(error)
    error.rpc = "a.B/C"
    error.add_note("while it was tested")
    return error


def restored(error: errors.StatusError) -> errors.StatusError:
    """The error as a client restores it from the status."""
    return error_from_status(error.code, error.message, error.details, "a.B/C")


def shape(error: BaseException) -> object:
    """All that is to survive."""
    return type(error), str(error), error.args, vars(error), status_of(error)


def pickled(error: Any, protocol: int) -> Any:
    """The error as another process gets it."""
    return pickle.loads(pickle.dumps(error, protocol))


COPIES: dict[str, Callable[[Any], Any]] = {
    **{f"pickle {protocol}": partial(pickled, protocol=protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "twice": lambda error: pickle.loads(pickle.dumps(copy.deepcopy(error))),
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_errors_survive_a_copy(error: errors.StatusError, how: str) -> None:
    """Their class, message, fields and details: as they were raised, with additions, and as a client raises them."""
    for original in (error, marked(error), restored(error)):
        found = COPIES[how](original)
        assert found is not original
        assert shape(found) == shape(original)
        assert status_metadata(found) == status_metadata(original)


def test_a_deep_copy_shares_nothing() -> None:
    """A change of its fields does not change those of the original."""
    error = errors.InvalidArgument({"a": "is b"})
    found = copy.deepcopy(error)
    found.violations["a"] = "is c"
    found.details[0].Clear()
    assert shape(error) == shape(errors.InvalidArgument({"a": "is b"}))


# -------------------------------------------------------------------------------------- from_foreign

FOREIGN: dict[str, tuple[Callable[[Any], Any], errors.StatusError]] = {
    "InvalidArgument": (lambda other: other.InvalidArgument({"a": "is b"}), errors.InvalidArgument({"a": "is b"})),
    "FailedPrecondition": (
        lambda other: other.FailedPrecondition("no", kind="K", subject="s"),
        errors.FailedPrecondition("no", kind="K", subject="s"),
    ),
    "NotFound": (lambda other: other.NotFound("order", 7), errors.NotFound("order", 7)),
    "AlreadyExists": (lambda other: other.AlreadyExists("order", 7), errors.AlreadyExists("order", 7)),
    "ResourceExhausted": (
        lambda other: other.ResourceExhausted("no", retry_after=1.5, quota="q"),
        errors.ResourceExhausted("no", retry_after=1.5, quota="q"),
    ),
    "Unavailable": (lambda other: other.Unavailable("no", retry_after=2), errors.Unavailable("no", retry_after=2)),
    "Aborted": (lambda other: other.Aborted("no"), errors.Aborted("no")),
    "StatusError": (
        lambda other: other.StatusError("no", [ErrorInfo(reason="A")]),
        errors.StatusError("no", [ErrorInfo(reason="A")]),
    ),
}


def as_own(error: errors.StatusError) -> object:
    """What an error of this package is, when it counts as raised here."""
    return type(error), str(error), {"rpc": "", **vars(error)}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("rpc", ["", "other.Service/Method"], ids=("raised", "returned"))
def test_errors_of_another_package(other: SecondCopy, name: str, rpc: str) -> None:
    """They become this package's, with their fields and details; `rpc` is empty, so that they can be forwarded."""
    make, expected = FOREIGN[name]
    foreign = make(other.errors)
    foreign.rpc = rpc
    found = errors.from_foreign(foreign)
    assert as_own(found) == as_own(expected)
    assert foreign.rpc == rpc
    assert found.__cause__ is foreign


def test_errors_of_this_package() -> None:
    """One that was raised here stays, and one that a client raised becomes one that can be forwarded."""
    for error in EXAMPLES:
        assert errors.from_foreign(error) is error
    returned = marked(errors.NotFound("order", 7))
    found = errors.from_foreign(returned)
    assert as_own(found) == as_own(errors.NotFound("order", 7))
    assert found.__cause__ is returned
    assert returned.rpc == "a.B/C"


def test_groups(other: SecondCopy) -> None:
    """The group becomes its first error, as it does for a caller."""
    group = ExceptionGroup("two", [other.errors.NotFound("order", 7), errors.Aborted("no")])
    found = errors.from_foreign(group)
    assert as_own(found) == as_own(errors.NotFound("order", 7))
    assert found.__cause__ is group
    with pytest.raises(TypeError, match=r"from_foreign takes .*, not ExceptionGroup\."):
        errors.from_foreign(ExceptionGroup("two", [other.errors.NotFound("order", 7), KeyError()]))


def test_a_message_stays_as_long_as_it_was(other: SecondCopy) -> None:
    """It is cut where it is sent."""
    foreign = other.errors.Aborted("no")
    foreign.message = "x" * 9999
    assert errors.from_foreign(foreign).message == foreign.message


async def test_errors_of_grpc() -> None:
    """Those of grpc.aio, and of the channels without async, have all that the service sent."""
    sent = errors.NotFound("order", 7)
    async with probe_service(settings_for_tests(), *METHODS, behaviors={"fail": raises(sent)}) as probe_server:
        with pytest.raises(grpc.RpcError) as caught:
            await probe_server.channel.unary_unary(f"/{NAME}/Echo")(text("fail").SerializeToString())
        without_async = await asyncio.to_thread(called_in_a_thread, probe_server.target)
    for error in (caught.value, *without_async):
        found = errors.from_foreign(error)
        assert as_own(found) == as_own(sent)
        assert found.__cause__ is error


def called_in_a_thread(target: str) -> list[BaseException]:
    """The errors of a call and of a stream by a channel without async."""
    found: list[BaseException] = []
    request: Any = text("fail").SerializeToString()
    with grpc.insecure_channel(target) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary(f"/{NAME}/Echo")(request)
        found.append(caught.value)
        with pytest.raises(grpc.RpcError) as caught:
            next(channel.unary_stream(f"/{NAME}/List")(request))
        found.append(caught.value)
    return found


NOTHING = grpc.aio.Metadata()

REFUSED = {
    "KeyError": KeyError("secret"),
    "RpcError": grpc.RpcError("secret"),
    "AioRpcError": grpc.aio.AioRpcError(Code.OK, NOTHING, NOTHING),
    "UsageError": grpc.aio.UsageError("secret"),
    "AbortError": grpc.aio.AbortError("secret"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_a_status_error(name: str) -> None:
    """It is refused in words that say what is taken."""
    words = rf"from_foreign takes an exception with a code, .* or a grpc.RpcError that has a status, not {name}\."
    with pytest.raises(TypeError, match=words) as caught:
        errors.from_foreign(REFUSED[name])
    assert "secret" not in str(caught.value)


async def test_forwarding(other: SecondCopy) -> None:
    """A handler that forwards an error ends its own call with it, details of unknown types included."""

    async def forwards(_: Any) -> None:
        foreign = other.errors.StatusError("no", [Packed(type_url="a/b.C", value=b"x"), ErrorInfo(reason="A")])
        foreign.rpc = "other.Service/Method"
        try:
            raise foreign
        except other.errors.StatusError as error:
            raise errors.from_foreign(error) from error

    async with (
        probe_service(settings_for_tests(), *METHODS, behaviors={"forward": forwards}) as probe_server,
        ProbeClient(probe_server.target) as client,
    ):
        with pytest.raises(errors.StatusError, match=r"^no$") as caught:
            await client.echo(text("forward"))
    assert caught.value.details == (Packed(type_url="a/b.C", value=b"x"), ErrorInfo(reason="A"))
    assert caught.value.rpc == f"{NAME}/Echo"
