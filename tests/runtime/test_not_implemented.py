"""A method that is not written yet ends with UNIMPLEMENTED; NotImplementedError from deeper is a bug."""

import asyncio
import functools
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, NoReturn

import grpc
import pytest

from pyservice_runtime.core.context import Context
from pyservice_runtime.core.registry import Kind
from pyservice_runtime.server.not_implemented import is_stub, raised_by
from pyservice_runtime.testing.calls import End

from .probe_messages import Order
from .probe_service import ECHO, NAME, ProbeServicer, method, probe_service, settings_for_tests, text, until

Code = grpc.StatusCode

WATCH = method("Watch", Kind.UNARY_STREAM)


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator of the user's."""

    @functools.wraps(function)
    async def wrapper(*arguments: Any) -> Any:
        return await function(*arguments)

    return wrapper


def deeper() -> NoReturn:
    """A helper, as a repository class may have."""
    raise NotImplementedError("password=hunter2")


class Stub(ProbeServicer):
    """A method as it is generated."""

    async def echo(self, request: Any, context: Context) -> Any:
        """Not written."""
        raise NotImplementedError


class Documented(ProbeServicer):
    """A method with a text for its developers."""

    async def echo(self, request: Any, context: Context) -> Any:
        """Not written."""
        if request.value:
            raise NotImplementedError("password=hunter2")


class Inherited(ProbeServicer):
    """A method that the generated base class alone has."""


class Super(ProbeServicer):
    """A method that leaves the rest to the base class."""

    async def echo(self, request: Any, context: Context) -> Any:
        """Not written."""
        response = super().echo(request, context)
        return await response if isinstance(response, Awaitable) else response


class Decorated(ProbeServicer):
    """A method below a decorator."""

    @traced
    async def echo(self, request: Any, context: Context) -> Any:
        """Not written."""
        raise NotImplementedError


class Chained(ProbeServicer):
    """A method that translates the error of a helper."""

    async def echo(self, request: Any, context: Context) -> Any:
        """Not written."""
        try:
            deeper()
        except NotImplementedError as error:
            raise NotImplementedError from error


class Helper(ProbeServicer):
    """A method whose helper is not written."""

    async def echo(self, request: Any, context: Context) -> Any:
        """Calls the helper."""
        deeper()


class Inner(ProbeServicer):
    """A method with a function inside."""

    async def echo(self, request: Any, context: Context) -> Any:
        """Calls the function."""

        async def find() -> Any:
            raise NotImplementedError

        return await find()


class Reraised(ProbeServicer):
    """A method that lets the error of its helper go on."""

    async def echo(self, request: Any, context: Context) -> Any:
        """Calls the helper."""
        try:
            deeper()
        except NotImplementedError as error:
            raise error


class Neighbor(ProbeServicer):
    """A method that calls another method of its handler."""

    async def echo(self, request: Any, context: Context) -> Any:
        """Calls the other method."""
        return await self.find()

    async def find(self) -> Any:
        """Not an RPC."""
        raise NotImplementedError


UNWRITTEN = (Stub, Documented, Inherited, Super, Decorated, Chained)
BROKEN = (Helper, Inner, Reraised, Neighbor)


async def end_of(handler: object, **settings: Any) -> End:
    """How a call of a handler ends."""
    async with probe_service(settings_for_tests(**settings), ECHO, handler=handler) as probe:
        return await probe.call(ECHO)


@pytest.mark.parametrize("handler", UNWRITTEN, ids=lambda handler: handler.__name__)
async def test_a_method_that_is_not_written(handler: type, caplog: pytest.LogCaptureFixture) -> None:
    """The caller gets UNIMPLEMENTED with file and line, and the log has no error."""
    end = await end_of(handler())
    assert end.code is Code.UNIMPLEMENTED
    assert end.details.startswith(f"{NAME}/Echo is not written yet: ")
    assert ("add echo" if handler is Inherited else "test_not_implemented.py:") in end.details
    assert "hunter2" not in end.details
    assert not caplog.records


@pytest.mark.parametrize("handler", BROKEN, ids=lambda handler: handler.__name__)
async def test_an_error_from_deeper(handler: type, caplog: pytest.LogCaptureFixture) -> None:
    """It is INTERNAL like any other exception, with a traceback in the log."""
    end = await end_of(handler())
    assert end.code is Code.INTERNAL
    assert "is not written" not in end.details
    (record,) = [record for record in caplog.records if record.getMessage() == "call failed"]
    assert record.exc_info is not None
    assert record.exc_info[0] is NotImplementedError


async def test_remote_callers_do_not_see_the_location(caplog: pytest.LogCaptureFixture) -> None:
    """The log has it if the service does not listen on loopback."""
    end = await end_of(Stub(), grpc_host="0.0.0.0", allow_plaintext=True)
    assert (end.code, end.details) == (Code.UNIMPLEMENTED, f"{NAME}/Echo is not written yet")
    (record,) = [record for record in caplog.records if record.getMessage() == "method is not written yet"]
    assert record.name == "pyservice_runtime.server.pipeline"
    assert record.levelname == "WARNING"
    assert vars(record)["rpc"] == f"{NAME}/Echo"
    assert "test_not_implemented.py:" in vars(record)["location"]


async def test_a_stream_that_is_not_written() -> None:
    """Before its first response, and also after it."""

    class Watching(ProbeServicer):
        async def watch(self, request: Any, context: Context) -> AsyncIterator[Any]:
            if request.value == "some":
                yield text("first")
            raise NotImplementedError

    async with probe_service(settings_for_tests(), WATCH, handler=Watching()) as probe:
        for request, responses in (("none", ()), ("some", (text("first"),))):
            end = await probe.call(WATCH, request)
            assert end.code is Code.UNIMPLEMENTED
            assert end.responses == responses


async def test_an_invalid_request_to_a_stub() -> None:
    """Callers of a stub see UNIMPLEMENTED, even if their request is invalid."""
    checked = method("Echo", request=Order)
    for handler, code in ((Stub(), Code.UNIMPLEMENTED), (Documented(), Code.INVALID_ARGUMENT)):
        async with probe_service(settings_for_tests(), checked, handler=handler) as probe:
            assert (await probe.call(checked)).code is code


class PlainStub(ProbeServicer):
    """A unary method as it is generated for plain handlers."""

    def echo(self, request: Any, context: Context) -> Any:
        """Not written."""
        raise NotImplementedError


class PlainStream(ProbeServicer):
    """A stream as it is generated for plain handlers."""

    def watch(self, request: Any, context: Context) -> Iterator[Any]:
        """Not written."""
        raise NotImplementedError
        yield


class UnaryForStream(ProbeServicer):
    """A stub of a unary method, whose RPC streams responses now."""

    def watch(self, request: Any, context: Context) -> Any:
        """Not written."""
        raise NotImplementedError


class StreamForUnary(ProbeServicer):
    """A generator, whose RPC has one response now."""

    def echo(self, request: Any, context: Context) -> Any:
        """Yield."""
        yield request


@pytest.mark.parametrize(
    ("handler", "name", "kind"),
    [
        (Inherited, "Echo", Kind.UNARY_UNARY),
        (PlainStub, "Echo", Kind.UNARY_UNARY),
        (PlainStream, "Watch", Kind.UNARY_STREAM),
        (UnaryForStream, "Watch", Kind.UNARY_STREAM),
        (StreamForUnary, "Echo", Kind.UNARY_UNARY),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_a_plain_method_that_is_not_written(handler: type, name: str, kind: Kind) -> None:
    """Callers get UNIMPLEMENTED at once, even if their request is invalid and every thread is busy."""
    busy, began, go_on = method("Wait"), threading.Event(), threading.Event()
    checked = method(name, kind, request=Order)

    def wait(self: object, request: Any, context: Context) -> Any:
        began.set()
        go_on.wait(10)
        return request

    waiting = type(handler.__name__, (handler,), {"wait": wait})()
    async with probe_service(settings_for_tests(handler_threads=1), checked, busy, handler=waiting) as probe:
        blocked = asyncio.ensure_future(probe.call(busy))
        await until(began.is_set)
        assert (await probe.call(checked)).code is Code.UNIMPLEMENTED
        assert not blocked.done()
        go_on.set()
        assert (await blocked).code is Code.OK


async def test_a_decorated_plain_stub() -> None:
    """Its decorator may have a response of its own."""

    def answered(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(handler: object, request: Any, context: Context) -> Any:
            return text("answered")

        return wrapper

    class Answered(ProbeServicer):
        @answered
        def echo(self, request: Any, context: Context) -> Any:
            raise NotImplementedError

    assert [response.value for response in (await end_of(Answered())).responses] == ["answered"]


def test_stubs() -> None:
    """A method is a stub if NotImplementedError is the only name in it."""
    assert [is_stub(handler().echo) for handler in UNWRITTEN] == [True, False, True, False, True, False]
    assert not is_stub(print)


def test_errors_that_were_not_raised_by_the_method() -> None:
    """One that was never raised, and one of another class."""
    assert not raised_by(NotImplementedError(), deeper)
    with pytest.raises(NotImplementedError) as caught:
        deeper()
    assert raised_by(caught.value, deeper)
    assert not raised_by(RuntimeError().with_traceback(caught.value.__traceback__), deeper)
    assert not raised_by(caught.value, traced)
