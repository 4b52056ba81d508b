"""The context of a call, as handlers see it."""

import asyncio
import re
from typing import Any, NoReturn, TypeAlias

import grpc

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
"""Metadata, deadline, peer and status of the call in progress."""

_Metadata: TypeAlias = tuple[tuple[str, str | bytes], ...]

_KEY, _TEXT = re.compile(r"[0-9a-z_.-]+"), re.compile(r"[ -~]*")
"""What grpc sends as the key and the value of metadata; ``-bin`` values may have any bytes."""


class Handed:
    """The context that handlers are given: grpc's, but for a trap."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def abort(
        self,
        code: grpc.StatusCode,
        details: str = "",
        trailing_metadata: _Metadata = (),
    ) -> NoReturn:
        """End the call with a status. Raises ValueError for OK, with which grpc would never end it."""
        if code is grpc.StatusCode.OK:
            raise ValueError("context.abort(OK): return an answer, or name another status.")
        await self._context.abort(code, details, trailing_metadata)
        raise AssertionError("grpc ends a call that is aborted")


async def abort(
    context: Context,
    code: grpc.StatusCode,
    message: str,
    metadata: _Metadata = (),
) -> NoReturn:
    """End a call with a status; it is cancelled where it is over already.

    grpc raises an error of its own then, and logs it with a traceback: whoever calls and goes away
    at once could fill the log. The same error means that metadata cannot be sent, and stays one.
    """
    try:
        await context.abort(code, message, metadata)
    except grpc.aio.InternalError:
        if not _can_be_sent(metadata):
            raise
        raise asyncio.CancelledError from None
    raise AssertionError("grpc ends a call that is aborted")


def _can_be_sent(metadata: _Metadata) -> bool:
    texts = [value for key, value in metadata if not key.endswith("-bin")]
    return all(_KEY.fullmatch(key) for key, _ in metadata) and all(
        isinstance(text, str) and _TEXT.fullmatch(text) for text in texts
    )
