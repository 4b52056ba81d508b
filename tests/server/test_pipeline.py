"""What the one coroutine around every handler makes of grpc's own behaviour."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from tests.server.harness import LabProject, LabServer, finish, start, stream, until

pytestmark = pytest.mark.both_loops

KINDS = ("Lab/One", "Lab/Many", "Lab/Sum", "Lab/Chat")

each_kind = pytest.mark.parametrize("method", KINDS)


@pytest.fixture
async def lab_server(lab: LabProject) -> AsyncIterator[LabServer]:
    """The service, running."""
    async with lab.running() as now:
        lab.events.clear()
        yield now


def asking(lab_server: LabServer, method: str, what: str, **fields: Any) -> Any:
    """The one request of a call, or a stream of it."""
    ask = lab_server.ask(what=what, **fields)
    return stream(ask) if method in ("Lab/Sum", "Lab/Chat", "Vault/Fill") else ask


@each_kind
async def test_answers(lab_server: LabServer, method: str) -> None:
    """A call of any kind reaches its handler and brings its answer back."""
    end = await lab_server.end(method, asking(lab_server, method, "answer", count=1))
    assert (end.name, end.details) == ("OK", "")
    assert [reply.text for reply in end.responses] == ["answer"]


@each_kind
@pytest.mark.parametrize("what", ["raise", "nothing", "other", "swallow_and_raise"])
async def test_no_text_of_an_exception_leaves(
    lab_server: LabServer, method: str, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever a handler raises or wrongly returns, the caller learns a request id and nothing else."""
    end = await lab_server.end(method, asking(lab_server, method, what), metadata=(("x-request-id", "id-1"),))
    if what == "swallow_and_raise":
        # The status had been sent by abort already, and nothing could follow it.
        assert (end.name, end.details) == ("FAILED_PRECONDITION", "not now")
    else:
        assert (end.name, end.details) == ("INTERNAL", "internal error; request id id-1")
    assert "hunter2" not in str(end)
    assert "Traceback" not in str(end)
    await until(lambda: "id-1" in [getattr(record, "request_id", "") for record in caplog.records])


@each_kind
async def test_bytes_that_are_no_message(lab_server: LabServer, method: str) -> None:
    """A request that cannot be decoded is the caller's fault, and says so without a traceback."""
    broken: Any = b"\xff\xff\xff"
    end = await lab_server.end(method, stream(broken) if method in ("Lab/Sum", "Lab/Chat") else broken)
    assert (end.name, end.details) == ("INVALID_ARGUMENT", "cannot decode the request as lab.v1.Ask")


@each_kind
async def test_an_abort_keeps_its_status(lab_server: LabServer, method: str) -> None:
    """context.abort in a handler ends the call with what it says, and is counted as that."""
    end = await lab_server.end(method, asking(lab_server, method, "abort"))
    assert (end.name, end.details) == ("FAILED_PRECONDITION", "not now")
    assert await counted(lab_server) == {(method, "FAILED_PRECONDITION"): 1}


@each_kind
async def test_nothing_ends_a_call_with_ok_but_its_answer(lab_server: LabServer, method: str) -> None:
    """An exception whose status is OK is a mistake and ends a call with INTERNAL, where grpc would hang."""
    end = await lab_server.end(method, asking(lab_server, method, "raise_ok"))
    assert end.name == "INTERNAL"


@each_kind
async def test_aborting_with_ok(lab_server: LabServer, method: str, caplog: pytest.LogCaptureFixture) -> None:
    """grpc would send nothing, and its caller would wait for ever: it is a mistake, and its handler's log says so."""
    end = await lab_server.end(method, asking(lab_server, method, "abort_ok"), timeout=30)
    assert (end.name, end.details.partition(";")[0]) == ("INTERNAL", "internal error")
    assert await counted(lab_server) == {(method, "INTERNAL"): 1}
    assert "context.abort(OK): return a response, or use another status code." in caplog.text


@each_kind
async def test_a_swallowed_abort_is_still_an_abort(lab_server: LabServer, method: str) -> None:
    """A handler that catches AbortError and goes on has ended the call all the same; the metrics agree."""
    end = await lab_server.end(method, asking(lab_server, method, "swallow"))
    assert (end.name, end.responses) == ("FAILED_PRECONDITION", ())
    assert await counted(lab_server) == {(method, "FAILED_PRECONDITION"): 1}


@each_kind
async def test_a_code_that_was_set_counts(lab_server: LabServer, method: str) -> None:
    """set_code and return: the caller sees that status, and so do the metrics."""
    end = await lab_server.end(method, asking(lab_server, method, "set_code"))
    assert (end.name, end.details) == ("DATA_LOSS", "half of it is gone")
    assert await counted(lab_server) == {(method, "DATA_LOSS"): 1}


@each_kind
async def test_an_error_has_details_and_keeps_the_trailers(lab_server: LabServer, method: str) -> None:
    """The handler's trailing metadata arrives beside the details of a StatusError, which fit its status."""
    end = await lab_server.end(method, asking(lab_server, method, "refuse", count=7))
    assert (end.name, end.details) == ("NOT_FOUND", "flask 7 was not found")
    assert end.trailing["mine"] == "kept"
    status = status_pb2.Status.FromString(bytes(end.trailing["grpc-status-details-bin"]))  # type: ignore[arg-type]
    assert (status.code, status.message) == (grpc.StatusCode.NOT_FOUND.value[0], end.details)
    info = error_details_pb2.ResourceInfo()
    assert status.details[0].Unpack(info)
    assert (info.resource_type, info.resource_name) == ("flask", "7")


@each_kind
async def test_a_reply_that_is_too_large(lab: LabProject, method: str) -> None:
    """A response above MAX_MESSAGE_BYTES ends the call with RESOURCE_EXHAUSTED, and is counted as that."""
    async with lab.running(max_message_bytes=10_000) as lab_server:
        end = await lab_server.end(method, asking(lab_server, method, "big"))
        assert (end.name, end.details) == ("RESOURCE_EXHAUSTED", "the response has 100004 bytes, and 10000 are allowed")
        assert await counted(lab_server) == {(method, "RESOURCE_EXHAUSTED"): 1}


ENDINGS = {
    "answer": "OK",
    "raise": "INTERNAL",
    "nothing": "INTERNAL",
    "abort": "FAILED_PRECONDITION",
    "swallow": "FAILED_PRECONDITION",
    "swallow_and_raise": "FAILED_PRECONDITION",
    "set_code": "DATA_LOSS",
    "refuse": "NOT_FOUND",
    "complain": "INVALID_ARGUMENT",
}


@each_kind
async def test_callers_and_metrics_agree(lab_server: LabServer, method: str) -> None:
    """Each call is counted once, with the status that its caller saw, however it ended."""
    for what, code in ENDINGS.items():
        assert (what, (await lab_server.end(method, asking(lab_server, method, what, count=1))).name) == (what, code)
    codes = list(ENDINGS.values())
    assert await counted(lab_server) == {(method, code): codes.count(code) for code in codes}


@each_kind
async def test_a_cancelled_call(lab_server: LabServer, method: str) -> None:
    """The handler of a call that its caller cancels gets CancelledError, and it is counted as CANCELLED."""
    call = lab_server.call(method, asking(lab_server, method, "sleep", count=5000))
    reading = asyncio.create_task(finish(call))
    await until(lambda: "asked sleep" in lab_server.lab.events)
    call.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reading
    await until(lambda: "cancelled" in lab_server.lab.events)
    assert await counted(lab_server) == {(method, "CANCELLED"): 1}


@each_kind
async def test_a_deadline_that_passes(lab_server: LabServer, method: str) -> None:
    """A call that runs out of its caller's time is counted as DEADLINE_EXCEEDED, not as CANCELLED."""
    end = await lab_server.end(method, asking(lab_server, method, "sleep", count=5000), timeout=1)
    assert end.name == "DEADLINE_EXCEEDED"
    await until(lambda: "cancelled" in lab_server.lab.events)
    assert await counted(lab_server) == {(method, "DEADLINE_EXCEEDED"): 1}


@pytest.mark.parametrize("method", ["Lab/One", "Lab/Sum"])
async def test_a_call_without_a_deadline_gets_ours(lab: LabProject, method: str) -> None:
    """A caller who would wait for ever is answered DEADLINE_EXCEEDED after DEFAULT_TIMEOUT."""
    async with lab.running(default_timeout=0.1) as lab_server:
        end = await lab_server.end(method, asking(lab_server, method, "sleep", count=5000), timeout=None)
        assert (end.name, end.details) == ("DEADLINE_EXCEEDED", "the call took longer than 0.1 s")
        assert await counted(lab_server) == {(method, "DEADLINE_EXCEEDED"): 1}


BREAKS = {"cancelled": "CANCELLED", "late": "DEADLINE_EXCEEDED", "gone": "CANCELLED"}


@pytest.mark.parametrize("method", ["Lab/Sum", "Lab/Chat", "Vault/Fill"])
@pytest.mark.parametrize("how", BREAKS)
async def test_a_broken_stream_never_looks_finished(lab: LabProject, method: str, how: str) -> None:
    """A handler that reads a stream to its end does not reach its end when the caller broke off."""
    async with lab.running() as lab_server:
        lab.events.clear()
        address = f"127.0.0.1:{lab_server.now.port}"
        channel = grpc.aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
        other = LabServer(lab, lab_server.now, channel)

        async def half() -> AsyncIterator[Any]:
            yield lab_server.ask(what="answer", count=1)
            await asyncio.sleep(5)

        call = other.call(method, half(), timeout=0.2 if how == "late" else 10)
        reading = asyncio.create_task(finish(call))
        if method != "Vault/Fill":
            await until(lambda: lab.events != [])
        else:
            await asyncio.sleep(0.1)
        if how == "cancelled":
            call.cancel()
        elif how == "gone":
            await channel.close()
        with contextlib.suppress(asyncio.CancelledError):
            await reading
        await until_counted(lab_server, 1)
        assert "finished" not in lab.events
        assert await counted(lab_server) == {(method, BREAKS[how]): 1}
        await channel.close()


async def test_an_abandoned_reply_stream_is_closed_in_its_own_context(
    lab_server: LabServer, caplog: pytest.LogCaptureFixture
) -> None:
    """A generator that is cancelled during a write is closed in its own task, where ContextVars can be reset."""
    call = lab_server.call("Lab/Many", lab_server.ask(what="flood"))
    await call.read()
    call.cancel()
    await until(lambda: any(event.startswith("left") for event in lab_server.lab.events))
    assert lab_server.lab.events[-1] == "left in the context of its call"
    assert await counted(lab_server) == {("Lab/Many", "CANCELLED"): 1}
    assert "different Context" not in caplog.text


async def test_a_failing_step_keeps_no_other_from_its_turn(lab: LabProject, monkeypatch: Any) -> None:
    """When a step behind the handler raises, the call ends as it was and the others still run."""

    def broken(*_: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(lab.module("runtime.interceptors.access_log"), "_log", broken)
    async with lab.running() as lab_server:
        end = await lab_server.end("Lab/One", lab_server.ask(what="answer"))
        assert end.name == "OK"
        assert await counted(lab_server) == {("Lab/One", "OK"): 1}


UNSENT = {
    "an error": (1, "INTERNAL", "response not sent: invalid key or value in trailing metadata"),
    "an answer": (0, "OK", "response not sent: client disconnected or invalid trailing metadata"),
}


@pytest.mark.parametrize("case", UNSENT)
async def test_what_grpc_refuses_to_send_is_a_line_and_no_traceback(lab: LabProject, tmp_path: Path, case: str) -> None:
    """grpc cannot distinguish invalid metadata from a client that just disconnected: the log names both."""
    count, counted_as, event = UNSENT[case]
    with lab.process(tmp_path / "log") as lab_process:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{lab_process.port()}") as channel:
            ask = lab.pb2.Ask(what="unsendable", count=count)
            assert (await finish(start(lab, channel, "Lab/One", ask))).name == "INTERNAL"
            assert "Lab/One" in str(lab_process.wait_for(event))
            assert lab_process.wait_for("call")["code"] == counted_as
    assert "Traceback" not in lab_process.log.read_text()


async def test_an_interceptor_of_ones_own(lab: LabProject) -> None:
    """An ordinary server interceptor of the application sees calls, those to unknown methods too."""
    seen: list[str] = []

    class Watching(grpc.aio.ServerInterceptor):
        async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
            seen.append(handler_call_details.method)
            return await continuation(handler_call_details)

    async with lab.running(interceptors=[Watching()]) as lab_server:
        assert (await lab_server.end("Lab/One", lab_server.ask(what="answer"))).name == "OK"
        nowhere: Any = lab_server.channel.unary_unary("/lab.v1.Lab/Nowhere")
        assert (await finish(nowhere(b""))).name == "UNIMPLEMENTED"
        assert seen == ["/lab.v1.Lab/One", "/lab.v1.Lab/Nowhere"]
        assert await counted(lab_server) == {("Lab/One", "OK"): 1, ("_OTHER", "UNIMPLEMENTED"): 1}


async def counted(lab_server: LabServer) -> dict[tuple[str, str], float]:
    """The calls in the metrics, once none is in progress."""
    end = asyncio.get_running_loop().time() + 5
    while asyncio.get_running_loop().time() < end:
        scrape = await lab_server.scrape()
        if scrape.value("rpc_server_active_calls") == 0 and scrape.calls():
            return scrape.calls()
        await asyncio.sleep(0.01)
    raise AssertionError("a call is still in progress")


async def until_counted(lab_server: LabServer, calls: int) -> None:
    """Wait until so many calls have ended."""
    end = asyncio.get_running_loop().time() + 5
    while sum((await lab_server.scrape()).calls().values()) < calls:
        assert asyncio.get_running_loop().time() < end, "it never ended"
        await asyncio.sleep(0.01)
