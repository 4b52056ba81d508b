"""What grpc.aio makes of exceptions, aborts and codes; test_grpc_facts.py says what such tests are for."""

from contextlib import suppress
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2

from tests.server.bare_grpc import answer, broken, calling, ended, one, talking
from tests.server.harness import until


async def broken_handler(request: Any, context: Any) -> Any:
    """Raises what no caller should read."""
    broken()


class BrokenInterceptor(grpc.aio.ServerInterceptor):
    """Raises it ahead of the handler."""

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Raise it."""
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
    """So the pipeline checks the type of each response."""

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
    """So the pipeline catches it before Exception, and accepts that a second abort raises UsageError."""
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
        await until(lambda: len(seen) == 2)
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


async def test_large_details_cost_the_call_its_status() -> None:
    """So rich errors keep to a budget: a client refuses more metadata than its own limit allows."""

    async def aborting(request: bytes, context: Any) -> bytes:
        await context.abort(grpc.StatusCode.NOT_FOUND, "no", (("x-bin", b"x" * 20_000),))
        return b""

    async with talking({"m": one(aborting)}) as channel:
        assert (await ended(channel))[0] == "RESOURCE_EXHAUSTED"
