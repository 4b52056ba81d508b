"""Tools for the tests of a service: the service in the test process, callers with API keys, a clock, calls."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import grpc
import pytest

from pyservice_runtime import server
from pyservice_runtime.core import Context, Method
from pyservice_runtime.server import Application, Principal, principal, time_remaining
from pyservice_runtime.settings import ServiceSettings
from pyservice_runtime.testing import calls
from pyservice_runtime.testing.calls import End, begin, call, finish, names_a_field
from pyservice_runtime.testing.service import ApiKeyUsers, FakeClock, ServiceUnderTest, connected

from .probe_messages import Order
from .probe_service import KINDS, Blocker, ProbeServicer, method, registry, text

Code = grpc.StatusCode

RARE = method("Rare", rate=0.01, burst=1)
ADMIN = method("Admin", roles=("admin",))


class ProbeHandler(ProbeServicer):
    """What app.py gives."""

    async def echo(self, request: Any, context: Context) -> Any:
        """The request."""
        return request


@asynccontextmanager
async def application(_: ServiceSettings) -> AsyncIterator[Application]:
    """What the project opens."""
    yield Application(handlers=[ProbeHandler()])


def service(*methods: Method) -> ServiceUnderTest:
    """A service with some methods."""
    return ServiceUnderTest(server, registry(*methods), ServiceSettings, application)


async def test_the_service_of_the_project() -> None:
    """With the handlers of app.py, on a port of its own."""
    tested = service(KINDS[0])
    assert tested.methods == KINDS[:1]
    async with tested.serving(tested.settings()) as running, connected(running) as channel:
        assert (await call(channel, KINDS[0], text("a"))).responses == (text("a"),)


async def test_stubs_answer_for_all_methods() -> None:
    """With an empty response, or with what a test wants."""
    tested = service(*KINDS)
    async with tested.reaching(tested.settings(), tested.stub_handlers()) as channel:
        for rpc in KINDS:
            assert (await call(channel, rpc, text("a"))).responses == (text(""),)

    async def answer(rpc: Any) -> Any:
        return text(rpc.attribute)

    async with tested.reaching(tested.settings(), tested.stub_handlers(answer)) as channel:
        for rpc in KINDS:
            assert (await call(channel, rpc, text("a"))).responses == (text(rpc.attribute),)


@pytest.mark.parametrize("limits", [True, False])
async def test_rates_can_be_left_out(limits: bool) -> None:
    """Tests call more often than callers may."""
    tested = service(RARE)
    async with tested.reaching(tested.settings(), tested.stub_handlers(), limits=limits) as channel:
        codes = [(await call(channel, RARE, text("a"))).code for _ in range(2)]
    assert codes == [Code.OK, Code.RESOURCE_EXHAUSTED if limits else Code.OK]


async def test_users_with_keys(tmp_path: Path) -> None:
    """They are authenticated, with their roles, and others are not."""
    tested = service(ADMIN)
    users = ApiKeyUsers(tmp_path / "keys", tested)
    admin, reader = users.add("ann", roles=["admin"]), users.add("bob", scopes=["read", "list"])
    async with tested.reaching(users.settings, tested.stub_handlers()) as channel:
        ends = [await call(channel, ADMIN, text("a"), metadata=keys) for keys in (admin, reader, ())]
    assert [end.code for end in ends] == [Code.OK, Code.PERMISSION_DENIED, Code.UNAUTHENTICATED]


async def test_handlers_that_cannot_be_cancelled(capfd: pytest.CaptureFixture[str]) -> None:
    """Handlers that ignore cancellation are reported, and do not block the tests."""
    tested, go, entered = service(KINDS[0]), asyncio.Event(), asyncio.Event()

    async def stubborn(_: Any) -> Any:
        entered.set()
        while not go.is_set():
            try:
                await go.wait()
            except asyncio.CancelledError:
                continue
        return text("late")

    async with tested.reaching(tested.settings(), tested.stub_handlers(stubborn)) as channel:
        begun = begin(channel, KINDS[0], [text("a")], timeout=None)
        await entered.wait()
        begun.cancel()
    assert "cannot be cancelled: " in capfd.readouterr().err
    go.set()
    await asyncio.sleep(0.01)


def test_a_clock_that_is_moved() -> None:
    """All clocks of the process go on, and are as they were afterwards."""
    before = time.time(), time.monotonic(), time.monotonic_ns()
    with FakeClock().installed() as clock:
        clock.advance(1000)
        assert time.time() - before[0] > 999
        assert time.monotonic() - before[1] > 999
        assert time.monotonic_ns() - before[2] > 999e9
    assert time.time() - before[0] < 999


# ------------------------------------------------------------------------------------------- calls


async def test_a_stream_that_stays_open() -> None:
    """Reading stops after a timeout, or after enough responses, without an error."""
    tested, blocker = service(*KINDS), Blocker()

    async def wait(_: Any) -> Any:
        return await blocker(_)

    async with tested.reaching(tested.settings(), tested.stub_handlers(wait)) as channel:
        end = await call(channel, KINDS[1], text("a"), idle_timeout=0.02)
        assert (end.code, end.responses, end.is_accepted) == (None, (), True)
    async with tested.reaching(tested.settings(), tested.stub_handlers()) as channel:
        end = await finish(begin(channel, KINDS[1], [text("a")]), max_responses=1)
        assert (end.code, end.responses) == (None, (text(""),))


def test_a_call_without_logic() -> None:
    """It says nothing about the service: a test of it is skipped."""
    End(Code.OK, "", (), ()).skip_if_unwritten()
    end = End(Code.UNIMPLEMENTED, "a.B/C is not written yet: here", (), ())
    assert not end.is_accepted
    with pytest.raises(pytest.skip.Exception, match="is not written yet"):
        end.skip_if_unwritten()


class Masked:
    """A call of grpc.aio's, whose status it covers for a while."""

    async def code(self) -> Code:
        """What it has ended with."""
        return Code.ABORTED

    async def details(self) -> str:
        """Return the details of a status from grpc itself."""
        return calls._INTERNAL_ERROR

    async def trailing_metadata(self) -> Any:
        """Nothing."""
        return ()


async def test_a_status_that_grpc_covers() -> None:
    """The one that was there first counts; grpc.aio covers it too rarely to wait for it."""
    masked = Masked()
    asyncio.get_running_loop().call_later(0.02, lambda: setattr(masked, "kept_status", (Code.ABORTED, "by hand", ())))
    assert await calls._status(masked) == (Code.ABORTED, "by hand", ())
    masked = Masked()
    calls._keep_status(masked)
    assert not hasattr(masked, "kept_status")
    with pytest.raises(RuntimeError, match="the coroutine waits"):
        calls._result(asyncio.sleep(0))


def test_paths_of_fields() -> None:
    """With places in lists, keys of maps, names as JSON has them, and oneofs."""
    right = ("name", "updateMask", "main.label", "items[3].order.name", 'named["a.]b"].label', "counts[1]", "way")
    wrong = ("made_up", "name.made_up", "items[0].made_up", "counts[1].made_up", "main.way.label")
    assert all(names_a_field(Order, path) for path in right)
    assert not any(names_a_field(Order, path) for path in wrong)


async def test_a_handler_without_a_server() -> None:
    """Its context has the caller, the metadata and the deadline that a test gives it."""
    context = service().context(principal="alice", metadata=[("x-shop", "main")], timeout=5)
    assert (principal().subject, dict(context.invocation_metadata())) == ("alice", {"x-shop": "main"})
    assert 0 < context.time_remaining() <= 5
    assert 0 < (time_remaining() or 0) <= 5
    assert context.is_active()
    assert (context.peer(), context.auth_context(), context.peer_identities()) == ("memory", {}, None)
    await context.send_initial_metadata([("x-mine", "1")])
    context.set_trailing_metadata([("x-end", "2")])
    assert context.trailing_metadata() == (("x-end", "2"),)
    context.set_compression(grpc.Compression.Gzip)
    context.disable_next_message_compression()
    context.set_code(grpc.StatusCode.NOT_FOUND)
    context.set_details("no order 7")
    assert (context.code(), context.details()) == (grpc.StatusCode.NOT_FOUND, "no order 7")
    context.set_code(0)
    assert context.code() is None
    with pytest.raises(grpc.aio.AbortError, match="ABORTED: try again"):
        context.abort(grpc.StatusCode.ABORTED, "try again")
    context.set_code(grpc.StatusCode.OK)
    assert context.code() is grpc.StatusCode.ABORTED
    assert not context.cancelled()
    with pytest.raises(grpc.aio.AbortError, match="DATA_LOSS: half"):
        context.abort_with_status(mock.Mock(code=grpc.StatusCode.DATA_LOSS, details="half", trailing_metadata=()))
    by_role = service().context(principal=Principal("bob", roles=frozenset({"admin"})))
    assert principal().roles == {"admin"}
    assert by_role.time_remaining() is None
