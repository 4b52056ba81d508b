"""How grpc.aio behaves where the generated server relies on it or works around it.

A test here calls grpc alone. When one fails after an upgrade of grpcio, grpc has changed, and what the
test names in the server can change too. What is only seen together with the server is tested elsewhere: see ELSEWHERE.
"""

import asyncio
import gc
import importlib.util
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from tests.server.laboratory import until, watch

ELSEWHERE = {
    "an abort that is swallowed has ended the call all the same": "test_pipeline.test_a_swallowed_abort_is_still_an_abort",
    "a write raises InternalError once the caller has gone": (
        "test_pipeline.test_an_abandoned_reply_stream_is_closed_in_its_own_context"
    ),
    "a second authorization arrives as a pair of its own": "test_auth_tokens.test_exactly_one_token_is_needed",
    "handlers are asked in the order in which they were added": "test_metrics.test_unknown_methods_share_one_label",
    "what is at its limit for calls still has to answer probes": "test_health.test_a_full_server_still_answers_probes",
    "certificates are asked for at each handshake": "test_tls.test_certificates_are_renewed_without_dropping_calls",
    "TLS 1.2 cannot be switched off, but is known of each call": "test_tls.test_versions",
    "the identity of a certificate is in the auth context": "test_tls.test_callers_are_who_their_certificate_says",
    "a probe has no certificate": "test_tls.test_probes_need_no_certificate",
    "every option that is given to grpc exists": "test_transport.test_every_option_exists",
    "a server hangs up on clients that ping too often": "test_transport.test_a_client_of_the_same_mind_may_ping",
    "an old connection takes calls until its client has heard": "test_transport.test_calls_outlast_their_connection",
    "an idle connection is closed with an error": "test_transport.test_connections_do_not_stay_for_ever",
    "between two limits metadata is refused at random": "test_transport.test_metadata_has_one_limit",
    "a server of its own for each process can share a port": "test_workers.test_calls_spread_over_the_processes",
    "clients that watch health leave before a server stops": "test_rolling.test_a_rolling_restart_fails_no_call",
}
"""What grpc does, and the test that fails when it does something else."""

HANDLER = Callable[..., Any]
VALUE: ContextVar[str] = ContextVar("value", default="")


@asynccontextmanager
async def serving(
    methods: dict[str, Any],
    options: Sequence[tuple[str, Any]] = (),
    stops: bool = True,
    **server_arguments: Any,
) -> AsyncIterator[tuple[grpc.aio.Server, int]]:
    """A server with nothing but these methods of the service ``s``, and its port."""
    given = [("grpc.so_reuseport", 0), *options]
    server = grpc.aio.server(options=given, **server_arguments)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("s", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield server, port
    finally:
        if stops:
            await server.stop(None)


@asynccontextmanager
async def talking(methods: dict[str, Any], **arguments: Any) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to such a server."""
    async with serving(methods, **arguments) as (_, port), connected(port) as channel:
        yield channel


def connected(port: int) -> grpc.aio.Channel:
    """A channel to a port of this machine."""
    return grpc.aio.insecure_channel(f"127.0.0.1:{port}")


def one(function: HANDLER, decode: Any = None, encode: Any = None) -> Any:
    """A method with one request and one reply, in bytes where there is nothing to make of them."""
    return grpc.unary_unary_rpc_method_handler(function, decode, encode)


def calling(channel: Any, request: bytes = b"", method: str = "/s/m", timeout: float | None = 5, **options: Any) -> Any:
    """Start a call of one request and one reply."""
    return channel.unary_unary(method)(request, timeout=timeout, **options)


def streaming(channel: Any) -> Any:
    """Start a call of one request and a stream of replies."""
    return channel.unary_stream("/s/m")(b"", timeout=20)


async def ended(channel: grpc.aio.Channel, timeout: float | None = 5, **options: Any) -> tuple[str, str]:
    """Call the method ``m`` of one request and one reply: status and words."""
    call = calling(channel, b"ask", timeout=timeout, **options)
    try:
        return "OK", (await call).decode()
    except grpc.aio.AioRpcError as error:
        return error.code().name, error.details() or ""


async def answer(request: bytes, context: Any) -> bytes:
    """The simplest handler."""
    return b"answer"


def broken(*_: Any) -> Any:
    """Raises what no caller should read."""
    raise RuntimeError("hunter2")


async def broken_handler(request: Any, context: Any) -> Any:
    """The same as a handler."""
    broken()


class BrokenInterceptor(grpc.aio.ServerInterceptor):
    """The same as an interceptor."""

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Raise."""
        broken()


LEAKS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "a handler": (one(broken_handler), ()),
    "a request": (one(answer, decode=broken), ()),
    "a reply": (one(answer, encode=broken), ()),
    "an interceptor": (one(answer), (BrokenInterceptor(),)),
}


@pytest.mark.parametrize("where", LEAKS)
async def test_the_text_of_an_exception_reaches_the_caller(where: str) -> None:
    """So the pipeline catches everything, and reads and writes messages itself."""
    method, interceptors = LEAKS[where]
    async with talking({"m": method}, interceptors=interceptors) as channel:
        name, words = await ended(channel)
    assert name == "UNKNOWN"
    assert "hunter2" in words


async def test_a_reply_of_none_is_an_exception_with_a_text() -> None:
    """So the pipeline checks the type of each reply."""

    async def nothing(request: bytes, context: Any) -> None:
        return None

    async with talking({"m": one(nothing, encode=health_pb2.HealthCheckResponse.SerializeToString)}) as channel:
        name, words = await ended(channel)
    assert name == "UNKNOWN"
    assert "NoneType" in words


async def test_aborting_with_ok_sends_nothing() -> None:
    """And nothing can follow it: so handlers are given a context that refuses to."""

    async def aborting(request: bytes, context: Any) -> bytes:
        with suppress(AssertionError):
            await context.abort(grpc.StatusCode.OK, "fine")
        return b"answer"

    async with talking({"m": one(aborting)}) as channel:
        call: Any = channel.unary_unary("/s/m")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(b"", timeout=0.3)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_abort_raises_an_ordinary_exception_and_only_once() -> None:
    """So it is told apart before Exception is caught, and a second abort is a UsageError to live with."""
    seen: list[BaseException] = []

    async def aborting(request: bytes, context: Any) -> bytes:
        for _ in range(2):
            try:
                await context.abort(grpc.StatusCode.ABORTED, "first")
            except Exception as error:
                seen.append(error)
        return b"went on"

    async with talking({"m": one(aborting)}) as channel:
        assert await ended(channel) == ("ABORTED", "first")
    assert [type(error) for error in seen] == [grpc.aio.AbortError, grpc.aio.UsageError]


@pytest.mark.parametrize(("trailing", "accepted"), [((("k", "v"),), True), ([("k", "v")], False)])
async def test_trailing_metadata_has_to_be_a_tuple(trailing: Any, accepted: bool) -> None:
    """So ours always is one, also in an abort."""

    async def aborting(request: bytes, context: Any) -> bytes:
        await context.abort(grpc.StatusCode.ABORTED, "", trailing)
        return b""

    async with talking({"m": one(aborting)}) as channel:
        name, _ = await ended(channel)
    assert (name == "ABORTED") is accepted


async def test_setting_trailing_metadata_replaces_what_was_set() -> None:
    """So details are added to what a handler has set."""

    async def setting(request: bytes, context: Any) -> bytes:
        context.set_trailing_metadata((("one", "1"),))
        context.set_trailing_metadata((("two", "2"),))
        return b""

    async with talking({"m": one(setting)}) as channel:
        call = calling(channel)
        await call
        assert dict(await call.trailing_metadata()) == {"two": "2"}


async def test_a_code_that_is_set_drops_the_reply() -> None:
    """So such a call is counted with that code, whatever the handler returned."""

    async def setting(request: bytes, context: Any) -> bytes:
        context.set_code(grpc.StatusCode.DATA_LOSS)
        context.set_details("gone")
        return b"dropped"

    async with talking({"m": one(setting)}) as channel:
        assert await ended(channel) == ("DATA_LOSS", "gone")


@pytest.mark.parametrize("code", [grpc.StatusCode.DATA_LOSS, grpc.StatusCode.DATA_LOSS.value[0]])
async def test_a_code_is_handed_back_as_a_member_or_a_number(code: Any) -> None:
    """So the pipeline knows both, and takes neither None nor 0 for an ending."""
    codes: list[Any] = []

    async def setting(request: bytes, context: Any) -> bytes:
        codes.append(context.code())
        context.set_code(code)
        codes.append(context.code())
        return b""

    async with talking({"m": one(setting)}) as channel:
        await ended(channel)
    assert codes[0] in (None, 0, grpc.StatusCode.OK)
    assert codes[1] in (grpc.StatusCode.DATA_LOSS, grpc.StatusCode.DATA_LOSS.value[0])


async def test_a_cancelled_call_does_not_say_so() -> None:
    """So the pipeline goes by CancelledError and the time that is left."""
    seen: list[Any] = []

    async def sleeping(request: bytes, context: Any) -> bytes:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            seen.extend((context.code(), context.cancelled()))
            raise
        return b""

    async with talking({"m": one(sleeping)}) as channel:
        call = calling(channel)
        await asyncio.sleep(0.2)
        call.cancel()
        await asyncio.sleep(0.2)
    assert seen == [None, False] or seen == [0, False]


async def test_a_failing_done_callback_skips_those_behind_it() -> None:
    """So the concerns take their steps from the pipeline, and none stands on a done callback."""
    ran: list[str] = []

    async def registering(request: bytes, context: Any) -> bytes:
        context.add_done_callback(lambda _: ran.append("first"))
        context.add_done_callback(broken)
        context.add_done_callback(lambda _: ran.append("last"))
        return b""

    async with talking({"m": one(registering)}) as channel:
        await ended(channel)
        await asyncio.sleep(0.1)
    assert ran == ["first"]


async def test_large_details_cost_the_call_its_status() -> None:
    """So rich errors keep to a budget: a client refuses more metadata than its own limit allows."""

    async def aborting(request: bytes, context: Any) -> bytes:
        await context.abort(grpc.StatusCode.NOT_FOUND, "no", (("x-bin", b"x" * 20_000),))
        return b""

    async with talking({"m": one(aborting)}) as channel:
        assert (await ended(channel))[0] == "RESOURCE_EXHAUSTED"


@pytest.mark.filterwarnings("ignore:coroutine")
async def test_an_object_that_can_be_called_is_no_handler() -> None:
    """So what the pipeline registers is an ``async def``: grpc inspects it and calls anything else in a thread."""

    class Handler:
        async def __call__(self, request: bytes, context: Any) -> bytes:
            return b"never sent"

    async with talking({"m": one(Handler())}) as channel:
        assert (await ended(channel, timeout=1))[0] != "OK"


async def test_an_interceptor_returns_before_the_handler_runs() -> None:
    """So nothing is timed in an interceptor; and a method that nobody has is None to it."""
    order: list[Any] = []

    class Watching(grpc.aio.ServerInterceptor):
        async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
            found = await continuation(handler_call_details)
            order.append(found and "returned")
            return found

    async def handler(request: bytes, context: Any) -> bytes:
        order.append("ran")
        return b""

    async with talking({"m": one(handler)}, interceptors=(Watching(),)) as channel:
        await ended(channel)
        with pytest.raises(grpc.aio.AioRpcError, match="UNIMPLEMENTED"):
            await calling(channel, method="/s/nobody")
    assert order == ["returned", "ran", None]


async def test_a_method_is_looked_up_in_the_task_of_its_call() -> None:
    """So a ContextVar that is set while grpc looks up the handler is there when it runs: the call's metadata."""

    class Finding(grpc.GenericRpcHandler):
        def service(self, handler_call_details: Any) -> Any:
            VALUE.set(dict(handler_call_details.invocation_metadata)["value"])
            return one(self._handle)

        async def _handle(self, request: bytes, context: Any) -> bytes:
            return VALUE.get().encode()

    async with serving({}) as (server, port):
        server.add_generic_rpc_handlers((Finding(),))
        async with connected(port) as channel:
            calls = [ended(channel, metadata=(("value", str(number)),)) for number in range(20)]
            assert await asyncio.gather(*calls) == [("OK", str(number)) for number in range(20)]


async def test_a_generator_is_closed_in_another_context() -> None:
    """So streams are written by the pipeline: a handler that grpc drives cannot reset what it had set."""
    left: list[str] = []

    async def flooding(request: bytes, context: Any) -> AsyncIterator[bytes]:
        token = VALUE.set("inside")
        try:
            while True:
                yield b"x" * 100_000
        finally:
            try:
                VALUE.reset(token)
                left.append("its own")
            except ValueError:
                left.append("another")

    async with talking({"m": grpc.unary_stream_rpc_method_handler(flooding)}) as channel:
        call = streaming(channel)
        await call.read()
        await asyncio.sleep(0.2)
        call.cancel()
        await asyncio.sleep(0.2)
        del call
    gc.collect()
    await asyncio.sleep(0.1)
    assert left == ["another"]


async def test_requests_end_when_their_caller_breaks_off() -> None:
    """So requests are read once more at their end: half an upload looks like a whole one."""
    seen: list[str] = []

    async def taking(requests: AsyncIterator[bytes], context: Any) -> bytes:
        try:
            async for _ in requests:
                seen.append("one")
            seen.append("end")
            await context.read()
            seen.append("nothing")
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise
        return b""

    async def half() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.sleep(10)

    async with talking({"m": grpc.stream_unary_rpc_method_handler(taking)}) as channel:
        method: Any = channel.stream_unary("/s/m")
        call = method(half(), timeout=0.4)
        with pytest.raises(grpc.aio.AioRpcError):
            await call
        await asyncio.sleep(0.2)
    assert seen in (["one", "end", "cancelled"], ["one", "cancelled"])
    assert "nothing" not in seen


@pytest.mark.parametrize(("timeout", "known"), [(None, False), (5, True)])
async def test_the_time_that_remains_is_known_only_with_a_deadline(timeout: float | None, known: bool) -> None:
    """So a call without one gets a limit of ours."""

    async def telling(request: bytes, context: Any) -> bytes:
        return str(context.time_remaining() is not None).encode()

    async with talking({"m": one(telling)}) as channel:
        assert await ended(channel, timeout) == ("OK", str(known))


async def test_metadata_arrives_in_lower_case_and_pairs() -> None:
    """So keys are compared as they are, bytes are told from text by their key, and a key may come twice."""

    async def telling(request: bytes, context: Any) -> bytes:
        arrived.extend(tuple(pair) for pair in context.invocation_metadata() if pair[0].startswith("my-"))
        return b""

    arrived: list[tuple[str, str | bytes]] = []
    sent = (("my-key", "1"), ("my-key", "2"), ("my-bin", b"\x00"))
    async with talking({"m": one(telling)}) as channel:
        await ended(channel, metadata=sent)
        assert sorted(arrived) == sorted(sent)
        with pytest.raises(Exception, match=r".") as refused:
            await ended(channel, metadata=(("My-Key", "1"),))
    assert not isinstance(refused.value, grpc.RpcError)


async def test_a_limit_of_all_calls_refuses_health_too() -> None:
    """So calls are limited by a concern: a busy server must not look like a dead one."""

    async def sleeping(request: bytes, context: Any) -> bytes:
        await asyncio.sleep(2)
        return b""

    async with talking({"m": one(sleeping), "health": one(answer)}, maximum_concurrent_rpcs=1) as channel:
        call = calling(channel)
        await asyncio.sleep(0.2)
        with pytest.raises(grpc.aio.AioRpcError, match="RESOURCE_EXHAUSTED"):
            await calling(channel, method="/s/health")
        call.cancel()


async def test_the_health_that_comes_with_grpc_serves_too_early_and_too_long() -> None:
    """So health is written here: theirs begins as SERVING, and a watch stays open when the server is to stop."""
    servicer: Any = health.aio.HealthServicer()
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with connected(port) as channel:
        watcher = watch(channel)
        assert (await watcher.read()).status == health_pb2.HealthCheckResponse.SERVING
        await servicer.enter_graceful_shutdown()
        assert (await watcher.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(watcher.read(), 0.5)
    await server.stop(None)


@pytest.mark.parametrize(("options", "shared"), [((), True), ((("grpc.so_reuseport", 0),), False)])
async def test_two_servers_share_a_port_unless_told_not_to(options: Any, shared: bool) -> None:
    """So sharing is switched off, but for workers."""
    first, second = grpc.aio.server(options=options), grpc.aio.server(options=options)
    port = first.add_insecure_port("127.0.0.1:0")
    await first.start()
    try:
        assert second.add_insecure_port(f"127.0.0.1:{port}") == port
        assert shared
    except RuntimeError:
        assert not shared
    await first.stop(None)


async def test_an_option_that_does_not_exist_is_ignored() -> None:
    """So a test looks up each option in the binary."""
    async with talking({"m": one(answer)}, options=[("grpc.no_such_option", 1)]) as channel:
        assert await ended(channel) == ("OK", "answer")


async def test_an_open_stream_holds_a_stop_for_its_whole_grace() -> None:
    """So watchers of health are sent home first."""

    async def watching(request: bytes, context: Any) -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(20)

    method: Any = grpc.unary_stream_rpc_method_handler(watching)
    async with serving({"m": method}, stops=False) as (server, port), connected(port) as channel:
        call = streaming(channel)
        await call.read()
        before = time.monotonic()
        await server.stop(0.8)
        assert time.monotonic() - before >= 0.75
        call.cancel()


async def test_a_call_that_arrives_while_a_server_stops_is_cancelled() -> None:
    """So calls are held ahead of a stop: nobody tries again for CANCELLED."""
    ends: list[grpc.StatusCode] = []

    has_connected, nobody_listens = threading.Event(), threading.Event()

    def ask(port: int) -> None:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            method: Any = channel.unary_unary("/s/m")
            method(b"")
            has_connected.set()
            nobody_listens.wait()
            calls = [method.future(b"", timeout=5) for _ in range(10)]
            ends.extend(call.code() for call in calls)

    async with serving({"m": one(answer)}, stops=False) as (server, port):
        thread = asyncio.create_task(asyncio.to_thread(ask, port))
        await until(has_connected.is_set)
        nobody_listens.set()
        time.sleep(0.5)  # calls arrive, and this loop takes none of them
        await server.stop(5)
        await thread
    assert grpc.StatusCode.CANCELLED in ends


async def test_a_request_that_grpc_refuses_is_seen_by_nobody() -> None:
    """So the pipeline measures requests itself, below grpc's own limit."""
    ran: list[str] = []

    async def handler(request: bytes, context: Any) -> bytes:
        ran.append("ran")
        return b""

    async with talking({"m": one(handler)}, options=[("grpc.max_receive_message_length", 1000)]) as channel:
        with pytest.raises(grpc.aio.AioRpcError, match="RESOURCE_EXHAUSTED"):
            await calling(channel, b"x" * 2000)
    assert ran == []


def test_reflection_speaks_v1alpha_only() -> None:
    """So that is what is served; tools fall back to it."""
    assert importlib.util.find_spec("grpc_reflection.v1alpha")
    assert importlib.util.find_spec("grpc_reflection.v1") is None


@pytest.mark.parametrize("fact", ELSEWHERE)
def test_what_is_tested_elsewhere_is_there(fact: str) -> None:
    """Each fact that is not tested here names a test that exists."""
    module, _, name = ELSEWHERE[fact].partition(".")
    assert f"def {name}(" in Path(__file__).with_name(f"{module}.py").read_text()
