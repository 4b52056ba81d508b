"""The context of a call, as handlers see it."""

import asyncio
from typing import Any, NoReturn, TypeAlias

import grpc

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
"""Metadata, deadline, peer and status of the call in progress."""


async def abort(
    context: Context,
    code: grpc.StatusCode,
    message: str,
    metadata: tuple[tuple[str, str | bytes], ...] = (),
) -> NoReturn:
    """End a call with a status; it is cancelled where it is over already.

    grpc raises an error of its own then, and logs it with a traceback: whoever calls and goes away
    at once could fill the log.
    """
    try:
        await context.abort(code, message, metadata)
    except grpc.aio.InternalError:
        raise asyncio.CancelledError from None
    raise AssertionError("grpc ends a call that is aborted")
