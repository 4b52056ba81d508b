"""How a call ends whose handler did not return: the status that an exception stands for."""

import asyncio
import logging
from typing import TypeGuard

import grpc

from ..errors import StatusError, status_metadata
from ..interceptors.call import Call
from .context import Context, abort

_LOG = logging.getLogger(__name__)

_CODES = {number: code for code in grpc.StatusCode for number in (code, code.value[0])}
"""grpc hands a context's code back as it was set: as a member or as a number."""

_NO_CODE = (grpc.StatusCode.OK, 0)

_PASSED_ON = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
"""What a handler's own callers may know of a call that it made."""

_AHEAD = 0.05
"""Seconds by which a caller's clock may be ahead: it started when the call was on its way to us."""


def settle(call: Call) -> None:
    """Take over the status that a handler gave the call without raising anything."""
    code = call.context.code()
    if code is not None and code not in _NO_CODE:
        call.code = _CODES.get(code, grpc.StatusCode.UNKNOWN)


async def refuse(call: Call, error: BaseException) -> None:
    """End the call with the status that an exception stands for.

    Raises what grpc has to know about; returns only if the handler had ended the call before.
    """
    call.stop_waiting()
    if isinstance(error, grpc.aio.InternalError):
        error = await _cancellation() or error
    if isinstance(error, grpc.aio.AbortError):
        settle(call)
        raise error
    if call.ended_with is not None and isinstance(error, asyncio.CancelledError):
        error = call.ended_with
        await _end(call, error.code, error.message, status_metadata(error))
    elif not isinstance(error, Exception):
        # Cancelled, by the caller or by the caller's deadline: grpc has to know.
        call.code = _gone(call.context)
        raise error
    elif isinstance(error, StatusError) and error.rpc and error.code in _PASSED_ON:
        # What a called service says is for us; that we could not wait for it is for our caller.
        await _end(call, error.code, "a service that this one needs did not answer")
    elif _is_ours(error):
        await _end(call, error.code, error.message, status_metadata(error))
    else:
        about = {"rpc": call.rpc[1:], "request_id": call.request_id}
        _LOG.error("call failed", exc_info=error, extra=about)
        message = f"internal error; request id {call.request_id}"
        await _end(call, grpc.StatusCode.INTERNAL, message)


def _is_ours(error: BaseException) -> TypeGuard[StatusError]:
    """Whether a handler raised an exception to be seen by its caller."""
    if not isinstance(error, StatusError) or error.rpc:
        return False
    return error.code is not grpc.StatusCode.OK


async def _end(
    call: Call,
    code: grpc.StatusCode,
    message: str,
    metadata: tuple[tuple[str, bytes], ...] = (),
) -> None:
    call.code = code
    try:
        trailing = (*call.context.trailing_metadata(), *metadata)
        await abort(call.context, code, message, trailing)
    except asyncio.CancelledError:
        call.code = _gone(call.context)
        raise
    except grpc.aio.InternalError:
        call.code = grpc.StatusCode.INTERNAL
        about = {"rpc": call.rpc[1:], "request_id": call.request_id}
        _LOG.error("not sent: the metadata has a wrong key or value", extra=about)
        raise
    except grpc.aio.UsageError:
        # The handler had aborted, and gone on: its caller has that status already.
        settle(call)


def _gone(context: Context) -> grpc.StatusCode:
    """What the caller of a call that is over saw: its deadline, or that it was cancelled."""
    remaining = context.time_remaining()
    late = remaining is not None and remaining <= _AHEAD
    return grpc.StatusCode.DEADLINE_EXCEEDED if late else grpc.StatusCode.CANCELLED


async def _cancellation() -> asyncio.CancelledError | None:
    """What a write failed for: mostly the caller has gone, and grpc is about to cancel the call."""
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError as error:
        return error
    return None
