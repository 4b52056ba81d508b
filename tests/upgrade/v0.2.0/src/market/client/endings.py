"""The status that a call with a stream of requests has ended with, which grpc.aio may cover."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

import grpc

T = TypeVar("T")

_MASK = "Internal error from Core"
"""What grpc.aio says of a call that ended while a request was written, whatever its status."""
_PATIENCE = 2.0
"""Seconds that the status itself may take to follow; mostly it is there."""


class Ending:
    """Keeps the status that a call has ended with, which `_MASK` may cover right afterwards."""

    def __init__(self, call: Any) -> None:
        self._status: grpc.aio.AioRpcError | None = None
        self._known = asyncio.Event()
        call.add_done_callback(self._keep)

    def _keep(self, call: Any) -> None:
        code, details = _at_once(call.code()), _at_once(call.details())
        if details != _MASK:
            trailing = _at_once(call.trailing_metadata())
            self._status = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing, details)
            self._known.set()

    async def true(self, error: grpc.aio.AioRpcError) -> grpc.aio.AioRpcError:
        """The status itself instead of the one that covers it."""
        if error.details() != _MASK:
            return error
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._known.wait(), _PATIENCE)
        if self._status is not None:
            return self._status
        # None came: it was not the service that ended the call.
        gone, nothing = grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata()
        return grpc.aio.AioRpcError(gone, nothing, nothing, "the connection broke")


def _at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that has nothing to wait for."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise RuntimeError("it waits")
