"""Handlers that do what a test asks them to; copied into the generated project."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from contextvars import ContextVar

import grpc

from ..errors import InvalidArgument, NotFound, StatusError
from ..gen import lab_pb2
from ..gen.servicers import BoothServicer, DeskServicer, LabServicer, VaultServicer
from ..runtime.server import Context

EVENTS: list[str] = []
"""What went on in the handlers, for tests in the same process."""

_INSIDE: ContextVar[bool] = ContextVar("inside", default=False)

Ask, Answer = lab_pb2.Ask, lab_pb2.Answer


async def act(ask: Ask, context: Context) -> Answer:
    """Do what is asked: the name of a function below, `answer` where there is none."""
    EVENTS.append(f"asked {ask.what}")
    deed = globals().get(f"_{ask.what}", _answer)
    return await deed(ask, context)


async def _answer(ask: Ask, context: Context) -> Answer:
    return Answer(text=ask.what, count=ask.count)


async def _raise(ask: Ask, context: Context) -> Answer:
    raise RuntimeError("password=hunter2")


async def _nothing(ask: Ask, context: Context) -> None:
    return None


async def _other(ask: Ask, context: Context) -> Ask:
    return ask


async def _abort(ask: Ask, context: Context) -> Answer:
    await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not now")
    raise AssertionError


async def _abort_ok(ask: Ask, context: Context) -> Answer:
    await context.abort(grpc.StatusCode.OK, "fine")
    raise AssertionError


class _FineError(StatusError):
    code = grpc.StatusCode.OK


async def _raise_ok(ask: Ask, context: Context) -> Answer:
    raise _FineError("fine")


async def _swallow(ask: Ask, context: Context) -> Answer:
    with contextlib.suppress(Exception):
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not now")
    return Answer(text="went on")


async def _swallow_and_raise(ask: Ask, context: Context) -> Answer:
    with contextlib.suppress(Exception):
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not now")
    raise RuntimeError("password=hunter2")


async def _set_code(ask: Ask, context: Context) -> Answer:
    context.set_code(grpc.StatusCode.DATA_LOSS)
    context.set_details("half of it is gone")
    return Answer(text="dropped")


async def _refuse(ask: Ask, context: Context) -> Answer:
    context.set_trailing_metadata((("mine", "kept"),))
    raise NotFound("flask", ask.count)


async def _complain(ask: Ask, context: Context) -> Answer:
    raise InvalidArgument({"count": "is odd"})


async def _sleep(ask: Ask, context: Context) -> Answer:
    try:
        await asyncio.sleep(ask.count / 1000)
    except asyncio.CancelledError:
        EVENTS.append("cancelled")
        raise
    return Answer(text="slept")


async def _unsendable(ask: Ask, context: Context) -> Answer:
    context.set_trailing_metadata((("No Such Key", "x"),))
    if ask.count:
        raise NotFound("flask", ask.count)
    return Answer(text="not sent")


async def _tidy(ask: Ask, context: Context) -> Answer:
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.3)
        EVENTS.append("tidied up")
    return Answer(text="slept")


async def _trace(ask: Ask, context: Context) -> Answer:
    from opentelemetry import trace

    with trace.get_tracer("lab").start_as_current_span("inside"):
        await asyncio.sleep(0)
    return Answer(text=trace.format_trace_id(trace.get_current_span().get_span_context().trace_id))


async def _big(ask: Ask, context: Context) -> Answer:
    return Answer(text="x" * 100_000)


async def _pid(ask: Ask, context: Context) -> Answer:
    return Answer(text="pid", count=os.getpid())


async def _modules(ask: Ask, context: Context) -> Answer:
    return Answer(text=" ".join({name.partition(".")[0] for name in sys.modules}))


class Lab(LabServicer):
    """All four kinds."""

    async def one(self, request: Ask, context: Context) -> Answer:
        return await act(request, context)

    async def many(self, request: Ask, context: Context) -> AsyncIterator[Answer]:
        token = _INSIDE.set(True)
        try:
            for number in range(request.count if request.what == "answer" else 1):
                answer = await act(request, context)
                if answer is not None:
                    answer.count = number
                yield answer
                if request.what == "flood":
                    while True:
                        yield Answer(text="x" * 100_000)
        finally:
            # Raises ValueError in any other context.
            _INSIDE.reset(token)
            EVENTS.append("left in the context of its call")

    async def sum(self, requests: AsyncIterator[Ask], context: Context) -> Answer:
        total, last = 0, None
        async for last in requests:
            total += last.count
            EVENTS.append(f"took {last.count}")
        EVENTS.append("finished")
        if last is not None and last.what:
            return await act(last, context)
        return Answer(count=total)

    async def chat(self, requests: AsyncIterator[Ask], context: Context) -> AsyncIterator[Answer]:
        async for request in requests:
            yield await act(request, context)
        EVENTS.append("finished")


class AuthProject(VaultServicer):
    """Calls that leave an event."""

    async def open(self, request: Ask, context: Context) -> Answer:
        answer = await act(request, context)
        request.what = "changed by the handler"
        return answer

    async def fill(self, requests: AsyncIterator[Ask], context: Context) -> Answer:
        return Answer(count=sum([request.count async for request in requests]))

    async def peek(self, request: Ask, context: Context) -> Answer:
        return await act(request, context)


class Booth(BoothServicer):
    """Calls that are limited."""

    async def dial(self, request: Ask, context: Context) -> Answer:
        return await act(request, context)

    redial = whisper = dial

    async def hold(self, request: Ask, context: Context) -> AsyncIterator[Answer]:
        yield Answer(text="held")
        yield await act(request, context)

    async def dictate(self, requests: AsyncIterator[Ask], context: Context) -> Answer:
        return Answer(count=sum([request.count async for request in requests]))


class Desk(DeskServicer):
    """Requests that can be wrong."""

    async def file(self, request: lab_pb2.Form, context: Context) -> Answer:
        return Answer(text="filed")

    async def amend(self, request: lab_pb2.Change, context: Context) -> Answer:
        return Answer(text="changed")

    async def later(self, request: lab_pb2.Form, context: Context) -> Answer:
        raise NotImplementedError

    async def file_all(self, requests: AsyncIterator[lab_pb2.Form], context: Context) -> Answer:
        return Answer(count=len([request async for request in requests]))
