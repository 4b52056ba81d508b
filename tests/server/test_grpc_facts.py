"""How grpc.aio behaves where the generated server relies on it or works around it.

A test here calls grpc alone. When one fails after an upgrade of grpcio, grpc has changed, and what the
test names in the server can change too. What is only seen together with the server is tested elsewhere: see ELSEWHERE.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.server.bare_grpc import broken, calling, connected, ended, one, serving, streaming, talking

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

VALUE: ContextVar[str] = ContextVar("value", default="")


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
    """So the pipeline calls the hooks of interceptors, and none depends on a done callback."""
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


@pytest.mark.filterwarnings("ignore:coroutine")
async def test_an_object_that_can_be_called_is_no_handler() -> None:
    """So what the pipeline registers is an ``async def``: grpc inspects it and calls anything else in a thread."""

    class Handler:
        async def __call__(self, request: bytes, context: Any) -> bytes:
            return b"never sent"

    async with talking({"m": one(Handler())}) as channel:
        assert (await ended(channel, timeout=1))[0] != "OK"


async def test_an_interceptor_returns_before_the_handler_runs() -> None:
    """So nothing is timed in an interceptor; and an unknown method is None to it."""
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
            await calling(channel, method="/s/unknown")
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
    """So keys need no normalization, the key distinguishes bytes from text, and a key can occur twice."""

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


@pytest.mark.parametrize("fact", ELSEWHERE)
def test_what_is_tested_elsewhere_is_there(fact: str) -> None:
    """Each fact that is not tested here names a test that exists."""
    module, _, name = ELSEWHERE[fact].partition(".")
    assert f"def {name}(" in Path(__file__).with_name(f"{module}.py").read_text()
