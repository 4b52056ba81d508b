"""Fuzzing finds what it is for: each kind of fault, planted into a service; and nothing where there is none."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from google.protobuf import any_pb2, timestamp_pb2
from google.protobuf.message import Message

from pyservice_runtime import errors, server
from pyservice_runtime.core import Context, Kind, Method
from pyservice_runtime.server import Application
from pyservice_runtime.settings import ServiceSettings
from pyservice_runtime.testing import fuzz
from pyservice_runtime.testing.calls import End
from pyservice_runtime.testing.odd_requests import odd_requests
from pyservice_runtime.testing.samples import Samples
from pyservice_runtime.testing.service import ServiceUnderTest

from .probe_messages import Item, Order, types
from .probe_service import ProbeServicer, method, registry, text

Code = grpc.StatusCode

ITEMS = method("Items", request=Item)
WATCH = method("Watch", Kind.UNARY_STREAM, request=Item)
ORDERS = method("Orders", Kind.STREAM_UNARY, request=Order)
SAMPLES = Samples({"pyservice.probe.v1.Item": {"order": None}}, [frozenset({"name", "count"})])

Answer = Callable[[Any, Context], Awaitable[Any]]


async def fine(_: Any, __: Context) -> Any:
    """Nothing is wrong with this one."""
    return text("fine")


async def fails(request: Any, _: Context) -> Any:
    """A bug that shows with a long label."""
    if len(request.label) > 5:
        raise RuntimeError("a bug")
    return text("fine")


async def names_nothing(request: Any, context: Context) -> Any:
    """A refusal that says of no field what is wrong with it."""
    if request.label != SAMPLES.sample(Item).label:
        await context.abort(Code.INVALID_ARGUMENT, "go away")
    return text("fine")


async def names_another(request: Any, _: Context) -> Any:
    """A refusal that is about another field than the odd one."""
    if request.label != SAMPLES.sample(Item).label:
        raise errors.InvalidArgument({"order.name": "is wrong"})
    return text("fine")


async def names_what_is_not_there(request: Any, _: Context) -> Any:
    """A refusal that is about a field which the request does not have."""
    if request.label != SAMPLES.sample(Item).label:
        raise errors.InvalidArgument({"made_up": "is wrong"})
    return text("fine")


async def hangs(request: Any, _: Context) -> Any:
    """A handler that comes to no end with an odd request."""
    if request.label != SAMPLES.sample(Item).label:
        await asyncio.Event().wait()
    return text("fine")


async def unwritten(_: Any, __: Context) -> Any:
    """Logic that is still to come."""
    raise errors.Unimplemented("a.B/C is not written yet")


@asynccontextmanager
async def reaching(rpc: Method, answer: Answer) -> Any:
    """A channel to a service that answers like this, which takes requests of any kind."""

    async def single(_: object, request: Any, context: Context) -> Any:
        if rpc.kind.client_streaming:
            return [await answer(each, context) async for each in request][-1]
        return await answer(request, context)

    async def streamed(_: object, request: Any, context: Context) -> Any:
        yield await answer(request, context)

    member = streamed if rpc.kind.server_streaming else single
    handler = type("ProbeHandler", (ProbeServicer,), {rpc.attribute: member})()

    @asynccontextmanager
    async def application(_: ServiceSettings) -> Any:
        yield Application(handlers=[handler])

    tested = ServiceUnderTest(server, registry(rpc), ServiceSettings, application)
    # Calls that hang are not to be waited for.
    async with tested.reaching(tested.settings(default_timeout=0.2)) as channel:
        yield channel


@pytest.mark.parametrize("rpc", [ITEMS, WATCH, ORDERS], ids=lambda rpc: rpc.name)
async def test_nothing_is_found_where_nothing_is_wrong(rpc: Method) -> None:
    """A correct service has no findings, for any request and any kind of method."""
    async with reaching(rpc, fine) as channel:
        assert await fuzz.send_odd(SAMPLES, channel, rpc) == []
        assert await fuzz.send_damaged(SAMPLES, channel, rpc) == []
        await fuzz.send_random(SAMPLES, channel, rpc)
        assert await fuzz.ignores_cancellation(SAMPLES, channel, rpc) is None


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (fails, "INTERNAL: internal error"),
        (names_nothing, "INVALID_ARGUMENT names no field"),
        (names_another, "but only label is odd"),
        (names_what_is_not_there, "names 'made_up', not a field of Item"),
        (hangs, "no response"),
    ],
)
async def test_a_fault_is_found(monkeypatch: pytest.MonkeyPatch, answer: Answer, problem: str) -> None:
    """A line for each request that shows it, with the one value that was odd."""
    monkeypatch.setattr(fuzz, "FUZZ_SECONDS", 10)
    async with reaching(ITEMS, answer) as channel:
        found = await fuzz.send_odd(SAMPLES, channel, ITEMS)
    assert found
    assert all(line.startswith("label = ") and problem in line for line in found), found


async def test_a_fault_is_found_at_random() -> None:
    """With the smallest request that shows it."""
    async with reaching(ITEMS, fails) as channel:
        with pytest.raises(AssertionError, match="INTERNAL: internal error"):
            await fuzz.send_random(SAMPLES, channel, ITEMS)


async def test_a_fault_of_sensible_requests_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The failure of a valid request is reported first, and at most nine others after it."""

    async def always_fails(_: Any, __: Context) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(fuzz, "FUZZ_SECONDS", 10)
    single = method("Single", request=Order)
    async with reaching(single, always_fails) as channel:
        found = await fuzz.send_odd(SAMPLES, channel, single)
        assert found[0].startswith("a valid request: INTERNAL")
        assert len(found) == 10
        found = await fuzz.send_damaged(SAMPLES, channel, single)
        assert all("INTERNAL" in line for line in found)
        assert len(found) == 10


async def test_logic_that_is_to_come() -> None:
    """Nothing can be said of it."""
    async with reaching(ITEMS, unwritten) as channel:
        for send in (fuzz.send_odd, fuzz.send_damaged, fuzz.send_random, fuzz.ignores_cancellation):
            with pytest.raises(pytest.skip.Exception, match="is not written yet"):
                await send(SAMPLES, channel, ITEMS)


async def test_a_handler_that_ignores_cancellation(capfd: pytest.CaptureFixture[str]) -> None:
    """It is found, and left behind."""
    go = asyncio.Event()

    async def stubborn(_: Any, __: Context) -> Any:
        while not go.is_set():
            try:
                await go.wait()
            except asyncio.CancelledError:
                continue
        return text("late")

    async with reaching(ITEMS, stubborn) as channel:
        found = await fuzz.ignores_cancellation(SAMPLES, channel, ITEMS)
        go.set()
        await asyncio.sleep(0.01)
    assert found == "items still runs a second after its call was cancelled"
    assert "cannot be cancelled" in capfd.readouterr().err


INVALID = Code.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("rpc", "code", "named", "changed", "problem"),
    [
        (ORDERS, Code.OK, (), None, ""),
        (ORDERS, Code.UNKNOWN, (), None, "UNKNOWN: said"),
        (ORDERS, Code.UNIMPLEMENTED, (), None, "UNIMPLEMENTED: said"),
        (ORDERS, INVALID, ("",), "name", ""),
        (ORDERS, INVALID, ("orders[3].name",), "name", ""),
        (ORDERS, INVALID, ("items[3].label",), "name", "names items[3].label"),
        (ORDERS, INVALID, ("count",), "name", ""),
        (ORDERS, INVALID, ("color",), "name", "but only name is odd"),
        (ORDERS, INVALID, ("way",), "post", ""),
        (ORDERS, INVALID, ("mail",), "post", ""),
        (ORDERS, INVALID, ("name",), "post", "but only post is odd"),
        (ORDERS, INVALID, ("main",), "main.label", ""),
    ],
)
def test_what_may_come_of_a_call(
    rpc: Method, code: Code, named: tuple[str, ...], changed: str | None, problem: str
) -> None:
    """An error is about the field that was odd, about one related to it, or about the request as a whole."""
    found = fuzz.find_problem(SAMPLES, rpc, End(code, "said", (), named), changed)
    assert (problem in found) if found and problem else (found or "") == problem


def test_bytes_are_damaged_the_same_way_each_time() -> None:
    """And not at all where there are none."""
    damaged = [list(fuzz.mutants(b"\x0a\x01a", random.Random(7))) for _ in range(2)]
    assert damaged[0] == damaged[1]
    assert len(damaged[0]) == 4 + 3 * fuzz.FUZZ_EXAMPLES
    assert len(list(fuzz.mutants(b"", random.Random(7)))) == 4


def test_there_is_a_limit_to_what_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as fit into the time."""
    requests = list(odd_requests(SAMPLES, Item))
    assert list(fuzz.limit_time(iter(requests))) == requests
    monkeypatch.setattr(fuzz, "FUZZ_SECONDS", -1)
    assert list(fuzz.limit_time(iter(requests))) == requests[:1]


HIDES = """
name: "pyservice/probe/v1/hides.proto" package: "pyservice.probe.v1" syntax: "proto3"
message_type { name: "Hides" field { name: "DESCRIPTOR" number: 1 type: TYPE_STRING } }
"""


def test_messages_survive_the_way() -> None:
    """Through bytes, and through JSON where it has words for them."""
    hides = types(HIDES)["Hides"]
    survivors: list[Message] = [
        Order(name="a", counts={1: 1}),
        timestamp_pb2.Timestamp(seconds=10**15),
        any_pb2.Any(type_url="x/no.Such"),
        hides(DESCRIPTOR="a"),
    ]
    for message in survivors:
        fuzz.assert_round_trip(message)
